import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NODE_FLAGS } from '../lib/service-process.mjs';
import { SERVICES } from '../lib/services.mjs';

/** Where the pinned images of the tests stand. */
const TEST_IMAGES = {
  eventstore: 'packages/event-store/src/testing/real-eventstoredb.ts',
  mongodb: 'packages/document-store/src/testing/real-mongodb.ts',
  kafka: 'packages/message-bus/src/testing/real-kafka.ts',
};

/** Where the settings and their defaults stand. */
const SETTINGS = 'packages/service-kit/src/settings.ts';

const FILES = [SETTINGS, 'docker-compose.yml', 'Dockerfile', '.dockerignore', 'package.json', ...Object.values(TEST_IMAGES)];

/** A tag with digits in it, or a digest. */
const PINNED = /(:[^:/]*\d+\.\d+[^:/]*|@sha256:[0-9a-f]{64})$/;
const SECRET = /PASSWORD|SECRET|TOKEN|CREDENTIAL(?!S_PER)|PRIVATE/;

/** Reads what `findFaults` looks at. @returns text by path */
export const readContainerFiles = (root) =>
  Object.fromEntries(FILES.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

/**
 * What the compose file and the Dockerfile promise beyond their syntax.
 * @param texts as `readContainerFiles` returns them
 * @param exists whether a path of the repository is there
 * @returns one line for each broken promise
 */
export const findFaults = (texts, exists) => [
  ...composeFaults(texts).map((fault) => `docker-compose.yml: ${fault}`),
  ...imageFaults(texts, exists),
];

export const containers = async (root) => {
  const faults = findFaults(readContainerFiles(root), (path) => existsSync(join(root, path)));
  return { ok: faults.length === 0, output: faults.join('\n') };
};

const composeFaults = (texts) => {
  // Loaded late: in a new clone the dependencies are installed only after this file was read.
  const { parse } = createRequire(import.meta.url)('yaml');
  const { services = {}, volumes = {} } = parse(texts['docker-compose.yml'], { merge: true });
  const expected = [...SERVICES.map(({ name }) => name), ...Object.keys(TEST_IMAGES)];
  return [
    ...expected.filter((name) => !services[name]).map((name) => `${name} is missing`),
    ...Object.entries(services).flatMap(([name, service]) => [
      ...commonFaults(service, volumes).map((fault) => `${name} ${fault}`),
      ...ownFaults(name, service, texts[SETTINGS]).map((fault) => `${name} ${fault}`),
    ]),
    ...Object.entries(TEST_IMAGES)
      .filter(([name, path]) => services[name]?.image !== /const IMAGE = '(.+)'/.exec(texts[path])?.[1])
      .map(([name, path]) => `${name} runs another image than ${path}`),
  ];
};

/** What is asked of each service, ours or an engine. */
const commonFaults = (service, volumes) => [
  ...(service.healthcheck?.test ? [] : ['has no health check']),
  ...(service.container_name ? ['has a fixed name, so that there can be only one'] : []),
  ...(service.build || PINNED.test(service.image) ? [] : ['runs an image that is not pinned']),
  ...(service.stop_grace_period ? [] : ['says not how long it takes to stop']),
  ...Object.entries(service.depends_on ?? {})
    .filter(([, { condition }]) => condition !== 'service_healthy')
    .map(([other]) => `does not wait until ${other} is healthy`),
  ...Object.entries(service.environment ?? {})
    .filter(([key, value]) => (SECRET.test(key) && !/^\$\{[^}]*\}$/.test(value)) || /:\/\/[^/$]*:[^/$]*@/.test(value))
    .map(([key]) => `has ${key} written down`),
  ...(service.volumes ?? [])
    .filter((volume) => !(volume.split(':')[0] in volumes))
    .map((volume) => `keeps ${volume} outside the named volumes`),
];

const ownFaults = (name, service, settings) => {
  const ours = SERVICES.find((candidate) => candidate.name === name);
  const mayPublish = name === 'gateway' ? [] : service.ports;
  const faults = mayPublish?.length ? ['publishes a port'] : [];
  if (!ours) return faults;
  const { environment = {} } = service;
  const prefix = ours.portOf.toUpperCase();
  const url = environment[`${prefix}_URL`];
  const [, port] = new RegExp(`'${prefix}_PORT', (\\d+)`).exec(settings);
  return [
    ...faults,
    ...(service.command?.join(' ') === `${name}/dist/main.js` ? [] : ['runs another program']),
    ...(environment.HEALTH_URL?.startsWith(`http://127.0.0.1:${port}/`) ? [] : ['is asked for its health elsewhere']),
    ...(name === 'gateway' || url === `http://${name}:${port}` ? [] : ['is looked for elsewhere']),
  ];
};

const imageFaults = (texts, exists) => {
  const dockerfile = texts.Dockerfile;
  const instructions = dockerfile.replaceAll(/^#.*\n/gm, '').split(/\n(?=[A-Z]+ )/);
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  const user = [...lastStage.matchAll(/^USER (\S+)/gm)].at(-1)?.[1];
  const entrypoint = JSON.stringify(['node', ...NODE_FLAGS]).replaceAll(',', ', ');
  const allowed = texts['.dockerignore'].split('\n').filter((line) => line.startsWith('!'));
  const paths = allowed.map((line) => line.slice(1));
  const workspaces = JSON.parse(texts['package.json']).workspaces.map((path) => path.replace('/*', ''));
  return [
    ...bases.filter((image) => !PINNED.test(image)).map((image) => `Dockerfile: ${image} is not pinned`),
    ...(new Set(bases).size === 1 ? [] : ['Dockerfile: its stages are not of one image']),
    ...(user && !/^(root|0)\b/.test(user) ? [] : ['Dockerfile: it runs as root']),
    ...(lastStage.includes(`\nENTRYPOINT ${entrypoint}\n`) ? [] : [`Dockerfile: its entry point is not ${entrypoint}`]),
    ...(lastStage.includes('NODE_ENV=production') ? [] : ['Dockerfile: it does not run in production']),
    ...(dockerfile.match(/npm ci/g)?.length === dockerfile.match(/npm (ci|i|install)\b/g)?.length
      ? []
      : ['Dockerfile: it installs something else than the lock file says']),
    ...instructions
      .filter((instruction) => /^(ARG|ENV) /.test(instruction) && SECRET.test(instruction))
      .map((instruction) => `Dockerfile: a secret stays in the image by ${instruction.trim()}`),
    ...paths.filter((path) => !exists(path)).map((path) => `.dockerignore: ${path} is not there`),
    ...workspaces
      .filter((workspace) => !paths.includes(workspace) && !paths.includes(`${workspace}/package.json`))
      .map((workspace) => `.dockerignore: ${workspace} of the lock file is left out`),
    ...SERVICES.filter(({ name }) => !installed(dockerfile, name)).map(
      ({ name }) => `Dockerfile: ${name} is not installed or built`,
    ),
  ];
};

const installed = (dockerfile, name) =>
  new RegExp(`npm ci --omit=dev.* -w ${name}( |$)`, 'm').test(dockerfile) &&
  new RegExp(`tsc -b.* ${name}( |$)`, 'm').test(dockerfile);
