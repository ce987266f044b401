import { parseArgs } from 'node:util';

const text = { type: 'string' };
const READ_MODELS = 'events, participations, claims, audit, statistics, deadLetters';

/**
 * The npm scripts that are tools: what each is for, what it takes, and the built programs that it runs. A script without programs does
 * its work itself. `positionals` name the arguments without dashes; those in brackets may be left out.
 */
const COMMANDS = {
  start: {
    purpose: 'Runs all five services with one log. Settings come from the environment and from .env: see docs/operations.md.',
  },
  demo: {
    purpose: 'Plays a story against a running system, which npm start starts, and explains each step.',
    options: {
      lang: { ...text, help: 'en (default) or ko' },
      url: { ...text, help: "the gateway's URL; by default that of npm start" },
    },
  },
  verify: {
    purpose:
      'Checks the log and the read models once. Exits with 0 if all is right, 1 if not, 2 if something to compare is missing.',
    programs: () => ['projections/dist/verification/verify.js'],
  },
  rebuild: {
    purpose: `Fills a read model again beside the live one, or lets the counter count again.\nNames: ${READ_MODELS}, counter.`,
    positionals: ['<name>'],
    programs: ([name]) => [
      name === 'counter' ? 'command-service/dist/counter/rebuild.js' : 'projections/dist/rebuild/rebuild.js',
    ],
  },
  move: {
    purpose:
      'Copies what DATA_DIR holds to each engine that EVENTSTORE_URL, MONGODB_URL and KAFKA_BROKERS name.\nStop the services first: see docs/operations.md.',
    programs: () => ['auth-service/dist/move/move.js', 'command-service/dist/move/move.js'],
  },
  'keys:rotate': {
    purpose: 'Adds a key that signs access tokens. The services load it by themselves.',
    programs: () => ['auth-service/dist/sessions/rotate-keys.js'],
  },
  'admin:reset': {
    purpose: 'Gives an account a new random password and the role ADMIN, and ends its sessions and locks.',
    positionals: ['<email>'],
    programs: () => ['auth-service/dist/reset-admin.js'],
  },
  'test:engines': {
    purpose:
      'Runs the contract suites, the story and seeds of the fault suite on real engines: those of the settings, or started here.\nOptions after a second -- are for jest.',
    options: {
      without: { ...text, multiple: true, default: [], help: 'an engine that may be missing: eventstoredb, mongodb or kafka' },
      seeds: { ...text, default: '3', help: 'how many seeds of the fault suite, 3 by default' },
    },
    passesOn: true,
  },
  'test:faults': {
    purpose: 'Kills, freezes and starves the services under load, by seeds, and checks that nothing is lost or happens twice.',
    options: {
      seeds: { ...text, help: 'how many seeds, 3 by default' },
      seed: { ...text, help: 'the first of them, 42 by default' },
      'at-once': { ...text, help: 'how many run at the same time, 1 by default' },
      resets: {
        ...text,
        help: 'first breaks connections to all services for so many seconds, 120 by default on embedded engines; 0: does not',
      },
      restores: { ...text, help: 'off: does not check the restores of docs/operations.md at the end' },
      results: { ...text, help: 'a file for the results, as JSON' },
    },
    programs: () => ['e2e/dist/faults/faults.js'],
  },
  'test:mutations': {
    purpose: 'Breaks one line at a time in a copy of the built tree, and checks that the fault suite notices.',
    options: {
      only: { ...text, multiple: true, help: 'part of the name of a mutation' },
      seeds: { ...text, help: 'how many seeds each mutation gets, 6 by default' },
      seed: { ...text, help: 'the first of them, 42 by default' },
      'at-once': { ...text, help: 'how many run at the same time, 1 by default' },
      results: { ...text, help: 'a file for the results, as JSON' },
    },
    programs: () => ['e2e/dist/faults/mutate.js'],
  },
  nightly: {
    purpose:
      'Runs what takes too long to decide each change: more seeds of the fault suite, longer breaking of connections, more fuzzing, all\nmutations, and the unit specs and the story on other versions of Node.js. The last line is `N passed, N failed`.',
    options: {
      only: { ...text, multiple: true, help: 'a step: faults, fuzz, mutations, node-22 or node-24; by default all of them' },
      minutes: { ...text, help: 'a time limit for each step; each has one of its own, and the shorter one counts' },
      seed: { ...text, help: 'for everything that is random, the date by default' },
      seeds: { ...text, help: 'how many seeds of the fault suite, 30 by default' },
      soak: { ...text, help: 'for how many seconds connections are broken, 900 by default' },
      requests: { ...text, help: 'how many requests the fuzzing sends, 40000 by default' },
      mutation: { ...text, help: 'part of the name of the mutations to try; by default all of them' },
    },
  },
  check: {
    purpose: 'Checks style, types, import rules, format, the API description, the compose file, the image and the texts.',
    options: {
      only: { ...text, help: 'one of lint, types, boundaries, format, open-api, compose, containers, excerpts, traces' },
      results: { ...text, help: 'a file for the results, as JSON' },
    },
  },
  bench: {
    purpose: 'Puts load on all five services, as processes of this machine.',
    positionals: ['[claims|mix|all]', '[seconds]', '[connections]'],
    programs: () => ['bench/dist/bench/load.js'],
  },
  'bench:logins': {
    purpose: 'Compares logins with bare Argon2id, and measures GET /events while logins saturate the processors.',
    positionals: ['[seconds]'],
    programs: () => ['bench/dist/bench/logins.js'],
  },
  'bench:lag': {
    purpose: 'Measures how long after its append an event is in all read models, at a fixed rate.',
    positionals: ['[requests a second]', '[seconds]'],
    programs: () => ['bench/dist/bench/lag.js'],
  },
  'bench:backfill': {
    purpose: 'Measures the backfill of an event whose window began a month before its publication.',
    positionals: ['[recorded logins]'],
    programs: () => ['bench/dist/bench/backfill.js'],
  },
  'bench:projections': {
    purpose: 'Measures how fast the read models catch up, and their memory.',
    positionals: ['[recorded events]'],
    programs: () => ['bench/dist/bench/projections.js'],
  },
  'bench:lists': {
    purpose: 'Measures lists over a long read model: first page, middle and end.',
    positionals: ['[claims]', '[reads of each list]'],
    programs: () => ['bench/dist/bench/lists.js'],
  },
  'engines:up': {
    purpose:
      'Starts engines on this machine, in Docker if it is there, and waits until they answer. The first start builds them, which takes\na minute or more. Prints the settings that select them on standard output, and progress on standard error:\n  export $(npm run --silent engines:up)',
    positionals: ['[kafka]', '[ferretdb]'],
  },
  'engines:down': { purpose: 'Ends the engines that engines:up has started, and removes their data.' },
};

export const COMMAND_NAMES = Object.keys(COMMANDS);

/**
 * Reads the arguments of a command. On `--help` it prints the usage and exits with 0, on arguments that the command does not take with 2:
 * before anything is installed, built or started.
 * @returns {{ values: object, positionals: string[], rest: string[], programs: string[] }} `rest` is what follows a `--`
 */
export const readCommandLine = (name, args = process.argv.slice(2)) => {
  const { options = {}, positionals: names = [], passesOn = false, programs = () => [] } = COMMANDS[name];
  const separator = passesOn ? args.indexOf('--') : -1;
  const own = separator < 0 ? args : args.slice(0, separator);
  try {
    const { values, positionals } = parseArgs({
      args: own,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    if (values.help) end(usageOf(name), 0);
    const needed = names.filter((positional) => positional.startsWith('<'));
    if (positionals.length < needed.length) throw new Error(`${needed[positionals.length]} is missing.`);
    if (positionals.length > names.length) throw new Error(`Unexpected argument '${positionals[names.length]}'.`);
    return { values, positionals, rest: separator < 0 ? [] : args.slice(separator + 1), programs: programs(positionals) };
  } catch (error) {
    return end(`${error.message.split('. To specify')[0]}\n${usageOf(name)}`, 2);
  }
};

const end = (message, code) => {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
};

const usageOf = (name) => {
  const { purpose, options = {}, positionals = [] } = COMMANDS[name];
  const entries = Object.entries(options);
  const taken = [...(entries.length > 0 ? ['[options]'] : []), ...positionals].join(' ');
  const call = name === 'start' ? 'npm start' : `npm run ${name}`;
  return [
    `Usage: ${call}${taken ? ` -- ${taken}` : ''}`,
    purpose,
    ...entries.map(([option, { help }]) => `  --${option.padEnd(9)} ${help}`),
  ].join('\n');
};
