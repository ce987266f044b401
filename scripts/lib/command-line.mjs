import { parseArgs } from 'node:util';

const text = { type: 'string' };
const READ_MODELS = 'events, participations, claims, audit, statistics, deadLetters, deliveries';

/**
 * The npm scripts that are commands, with their purpose, arguments and built programs. A script without `programs` does its work
 * itself. `positionals` are the arguments without dashes; those in square brackets are optional.
 */
const COMMANDS = {
  start: {
    purpose:
      'Runs all six services with one common log. Settings come from the environment and from .env: see docs/operations.md.',
  },
  demo: {
    purpose:
      'Plays a week of an attendance calendar on a system that npm start has started, and explains each step.\nIt publishes logins to the message bus, so it needs the settings of npm start. If these have DELIVERY_ALLOW_PRIVATE=on, it also runs a\ngame inventory that receives the rewards.',
    options: {
      lang: { ...text, help: 'en (default) or ko' },
      url: { ...text, help: 'URL of the gateway; by default that of npm start' },
      fill: { type: 'boolean', help: 'fills the system with weeks of history instead: events, players, claims, dead letters' },
      players: { ...text, help: 'with --fill, the number of players, 300 by default' },
    },
  },
  screenshots: {
    purpose: 'Takes the pictures of docs/console.md and README.md with Chromium, of a system with temporary data.',
    options: { only: { ...text, help: 'name of one picture, such as home' } },
  },
  verify: {
    purpose:
      'Verifies the log and the read models once. Exits with 0 if they are right, 1 if not, 2 if data to compare is missing.',
    programs: () => ['projections/dist/verification/verify.js'],
  },
  reconcile: {
    purpose:
      'Compares the rewards that were issued to an endpoint on a day with those that were delivered and those that the game holds, and\nnames every difference. Exits with 0 if nothing differs, 1 if something does, 2 if an argument or the ledger is invalid.\nThe ledger has one JSON object per line; see docs/operations.md. - reads it from the standard input.',
    options: {
      endpoint: { ...text, isRequired: true, help: 'id of the endpoint' },
      day: { ...text, isRequired: true, help: 'yyyy-mm-dd; the day of the grants, in UTC' },
    },
    positionals: ['<ledger.ndjson>'],
    programs: () => ['projections/dist/reconcile/reconcile.js'],
  },
  rebuild: {
    purpose: `Rebuilds a read model while queries use the live version, or recounts all logins.\nNames: ${READ_MODELS}, counter. Before an upgrade, next fills what the new release changes.`,
    positionals: ['<name>'],
    programs: ([name]) => [
      name === 'counter' ? 'command-service/dist/counter/rebuild.js' : 'projections/dist/rebuild/rebuild.js',
    ],
  },
  move: {
    purpose:
      'Copies the data in DATA_DIR to each engine that EVENTSTORE_URL, MONGODB_URL and KAFKA_BROKERS name.\nStop the services first: see docs/operations.md.',
    programs: () => ['auth-service/dist/move/move.js', 'command-service/dist/move/move.js'],
  },
  'keys:rotate': {
    purpose: 'Adds a key that signs access tokens. The services load it without a restart.',
    programs: () => ['auth-service/dist/sessions/rotate-keys.js'],
  },
  'admin:reset': {
    purpose: 'Gives an account a new random password and the role ADMIN, revokes its sessions and lifts its lockout.',
    positionals: ['<email>'],
    programs: () => ['auth-service/dist/reset-admin.js'],
  },
  'test:engines': {
    purpose:
      'Runs the contract suites, the story and the fault suite on real engines. Engines that no setting names are started on this machine.\nOptions after a second -- are passed to jest.',
    options: {
      without: {
        ...text,
        multiple: true,
        default: [],
        help: 'an engine that may be unavailable: eventstoredb, mongodb or kafka',
      },
      seeds: { ...text, default: '3', help: 'number of seeds of the fault suite, 3 by default' },
    },
    acceptsRest: true,
  },
  'test:faults': {
    purpose:
      'Injects faults into the services under load, and checks that nothing is lost or duplicated. Each seed determines a schedule.',
    options: {
      seeds: { ...text, help: 'number of seeds, 3 by default' },
      seed: { ...text, help: 'first seed, 42 by default' },
      'at-once': { ...text, help: 'number of seeds that run at the same time, 1 by default' },
      resets: {
        ...text,
        help: 'seconds in which connections to all services are broken first; 120 by default on embedded engines, 0 to skip',
      },
      restores: { ...text, help: 'off skips the restores of docs/operations.md at the end' },
      results: { ...text, help: 'file for the results, as JSON' },
    },
    programs: () => ['e2e/dist/faults/faults.js'],
  },
  'test:mutations': {
    purpose: 'Applies one mutation at a time to a copy of the built tree, and checks that the fault suite catches it.',
    options: {
      only: { ...text, multiple: true, help: 'part of the name of a mutation' },
      seeds: { ...text, help: 'maximum number of seeds for each mutation, 6 by default' },
      seed: { ...text, help: 'first seed, 42 by default' },
      'at-once': { ...text, help: 'number of mutations that run at the same time, 1 by default' },
      results: { ...text, help: 'file for the results, as JSON' },
    },
    programs: () => ['e2e/dist/faults/mutate.js'],
  },
  'test:node': {
    purpose: 'Runs the unit specs and the story on another Node.js, 22 or 24. Options after a second -- are passed to jest.',
    positionals: ['<version>'],
    acceptsRest: true,
  },
  nightly: {
    purpose:
      'Runs the checks that are too slow for every change: more seeds of the fault suite, longer connection resets, more fuzzing, all\nmutations, and the unit specs and the story on other versions of Node.js. The last line is `N passed, N failed`.',
    options: {
      only: { ...text, multiple: true, help: 'a step: faults, fuzz, bench, mutations, node-22 or node-24; all by default' },
      minutes: { ...text, help: 'time limit for each step; the built-in limit applies if it is shorter' },
      seed: { ...text, help: 'first seed of every step, the date by default' },
      seeds: { ...text, help: 'number of seeds of the fault suite, 30 by default' },
      soak: { ...text, help: 'seconds in which connections are broken, 900 by default' },
      requests: { ...text, help: 'number of fuzzed requests, 40000 by default' },
      mutation: { ...text, help: 'part of the names of the mutations; all by default' },
    },
  },
  check: {
    purpose:
      'Checks lint rules, types, import rules, format, the OpenAPI document, the compose file, the image, code excerpts and texts.',
    options: {
      only: { ...text, help: 'one of lint, types, boundaries, format, open-api, compose, containers, excerpts, traces' },
      results: { ...text, help: 'file for the results, as JSON' },
    },
  },
  'coverage:report': {
    purpose: 'Prints the coverage of each workspace that the last npm run coverage measured. Fails if one is below its floor.',
    options: { results: { ...text, help: 'file for the results, as JSON' } },
  },
  bench: {
    purpose:
      'Measures the system, the floor of its HTTP stack and the design that it replaces, on this machine, and prints a table.\nUses the engines that EVENTSTORE_URL, MONGODB_URL and KAFKA_BROKERS name. See docs/benchmarks.md.',
    options: {
      only: { ...text, multiple: true, help: 'a phase, or several with commas; all by default' },
      minutes: { ...text, help: 'time for all selected phases together, 30 by default' },
      repetitions: { ...text, help: 'repetitions of each measurement, 3 by default' },
      players: { ...text, help: 'players of the claims, 20000 by default' },
      'log-players': { ...text, help: 'players of the realistic log, 10000 by default; about 67 domain events each' },
      logins: { ...text, help: 'logins of recount and backfill, 20000 by default' },
      sizes: { ...text, help: 'numbers of stored events of the growth, 1000,100000,1000000 by default' },
      running: { ...text, help: 'numbers of running events of the growth, 1,100,1000 by default' },
      open: { ...text, help: 'numbers of open events of the disk figures, 1,12,50 by default' },
      factors: { ...text, help: 'multiples of 136 requests/s of the mixed load, 1,2,5,10,15 by default' },
      large: { type: 'boolean', help: 'measures growth with 10 million stored events too' },
      soak: { type: 'boolean', help: 'adds 30 minutes at 10 times the peak to the mixed load' },
      json: { ...text, help: 'file for the results; in bench/results by default' },
    },
    programs: () => ['bench/dist/bench/bench.js'],
  },
  inventory: {
    purpose:
      'Runs a small game inventory that receives rewards: see docs/delivery.md. POST /control makes it full, slow or failing.\nWith --ledger, prints what it holds as NDJSON and exits.',
    options: {
      port: { ...text, help: 'port on 127.0.0.1, 4010 by default; 0 for any free port' },
      secret: { ...text, multiple: true, help: 'whsec_… or whpk_… of the endpoint; several during a rotation' },
      file: { ...text, help: 'SQLite file, data/inventory.db by default' },
      ledger: { type: 'boolean', help: 'prints the ledger instead' },
    },
    programs: () => ['testing/inventory/inventory.mjs'],
  },
  'check:receiver': {
    purpose:
      'Sends test messages to a receiver of rewards, and prints what it does right and wrong. Exits with 1 if something is wrong.\nThe messages grant one unit of the item CHECK-RECEIVER to one account: see docs/delivery.md.',
    positionals: ['<url>'],
    options: {
      secret: { ...text, help: 'whsec_… of the endpoint' },
      account: { ...text, help: 'an account that the game has; by default a random one' },
      timeout: { ...text, help: 'time limit for an answer in milliseconds, 10000 by default' },
    },
    programs: () => ['command-service/dist/delivery/check-receiver/check-receiver.js'],
  },
  'engines:up': {
    purpose:
      'Starts engines on this machine, in Docker if it is available, and waits until they are ready. The first start downloads or builds\nthem, which takes a minute or more. Prints the settings that select them on standard output, and progress on standard error:\n  export $(npm run --silent engines:up)',
    positionals: ['[kafka]', '[ferretdb]'],
  },
  'engines:down': { purpose: 'Stops the engines that engines:up has started, and removes their data.' },
};

/**
 * Reads the arguments of a command, before anything is installed, built or started. Prints the usage and exits, with 0 for
 * `--help` and with 2 for invalid arguments.
 * @returns {{ values: object, positionals: string[], rest: string[], programs: string[] }} `rest` has the arguments after `--`
 */
export const readCommandLine = (name, args = process.argv.slice(2)) => {
  const { options = {}, positionals: names = [], acceptsRest = false, programs = () => [] } = COMMANDS[name];
  const separator = acceptsRest ? args.indexOf('--') : -1;
  const own = separator < 0 ? args : args.slice(0, separator);
  try {
    const { values, positionals } = parseArgs({
      args: own,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    if (values.help) exit(usageOf(name), 0);
    const missing = Object.keys(options).find((option) => options[option].isRequired && values[option] === undefined);
    if (missing) throw new Error(`--${missing} is missing.`);
    const required = names.filter((positional) => positional.startsWith('<'));
    if (positionals.length < required.length) throw new Error(`${required[positionals.length]} is missing.`);
    if (positionals.length > names.length) throw new Error(`Unexpected argument '${positionals[names.length]}'.`);
    return { values, positionals, rest: separator < 0 ? [] : args.slice(separator + 1), programs: programs(positionals) };
  } catch (error) {
    return exit(`${error.message.split('. To specify')[0]}\n${usageOf(name)}`, 2);
  }
};

const exit = (message, code) => {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
};

const usageOf = (name) => {
  const { purpose, options = {}, positionals = [] } = COMMANDS[name];
  const entries = Object.entries(options);
  const required = entries.flatMap(([option, { isRequired }]) => (isRequired ? [`--${option} <${option}>`] : []));
  const hasOptional = entries.length > required.length;
  const parameters = [...(hasOptional ? ['[options]'] : []), ...required, ...positionals].join(' ');
  const call = name === 'start' ? 'npm start' : `npm run ${name}`;
  return [
    `Usage: ${call}${parameters ? ` -- ${parameters}` : ''}`,
    purpose,
    ...entries.map(([option, { help }]) => `  --${option.padEnd(9)} ${help}`),
  ].join('\n');
};
