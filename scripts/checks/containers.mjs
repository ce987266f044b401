import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NODE_FLAGS } from '../lib/service-process.mjs';
import { SERVICES } from '../lib/services.mjs';

/** Files with the pinned images of the tests. */
const TEST_IMAGES = {
  eventstore: 'packages/event-store/src/testing/real-eventstoredb.ts',
  mongodb: 'packages/document-store/src/testing/real-mongodb.ts',
  kafka: 'packages/message-bus/src/testing/real-kafka.ts',
};

/** File with the settings and their defaults. */
const SETTINGS = 'packages/service-kit/src/settings.ts';

const FILES = [SETTINGS, 'docker-compose.yml', 'Dockerfile', '.dockerignore', 'package.json', ...Object.values(TEST_IMAGES)];

/** A tag with a version number, or a digest. */
const PINNED = /(:[^:/]*\d+\.\d+[^:/]*|@sha256:[0-9a-f]{64})$/;
const SECRET = /PASSWORD|SECRET|TOKEN|CREDENTIAL(?!S_PER)|PRIVATE/;

/** Reads the files that `findViolations` checks. @returns text by path */
export const readContainerFiles = (root) =>
  Object.fromEntries(FILES.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

/**
 * Checks rules for the compose file, the Dockerfile and `.dockerignore` that go beyond their syntax.
 * @param texts as `readContainerFiles` returns them
 * @param exists returns whether a path exists in the repository
 * @returns one line for each violation
 */
export const findViolations = (texts, exists) => [
  ...composeViolations(texts).map((violation) => `docker-compose.yml: ${violation}`),
  ...imageViolations(texts, exists),
];

export const containers = async (root) => {
  const violations = findViolations(readContainerFiles(root), (path) => existsSync(join(root, path)));
  return { ok: violations.length === 0, output: violations.join('\n') };
};

const composeViolations = (texts) => {
  // Loaded here, because in a new clone the dependencies are installed after this file is loaded.
  const { parse } = createRequire(import.meta.url)('yaml');
  const { services = {}, volumes = {} } = parse(texts['docker-compose.yml'], { merge: true });
  const expected = [...SERVICES.map(({ name }) => name), ...Object.keys(TEST_IMAGES)];
  return [
    ...expected.filter((name) => !services[name]).map((name) => `${name} is missing`),
    ...Object.entries(services).flatMap(([name, service]) => [
      ...commonViolations(service, volumes).map((violation) => `${name} ${violation}`),
      ...ownViolations(name, service, texts[SETTINGS]).map((violation) => `${name} ${violation}`),
    ]),
    ...Object.entries(TEST_IMAGES)
      .filter(([name, path]) => services[name]?.image !== /const IMAGE = '(.+)'/.exec(texts[path])?.[1])
      .map(([name, path]) => `${name} does not run the image of ${path}`),
  ];
};

/** Rules for every service and engine. */
const commonViolations = (service, volumes) => [
  ...(service.healthcheck?.test ? [] : ['has no health check']),
  ...(service.container_name ? ['has a container_name, so it cannot be scaled'] : []),
  ...(service.build || PINNED.test(service.image) ? [] : ['runs an image that is not pinned']),
  ...(service.stop_grace_period ? [] : ['has no stop_grace_period']),
  ...Object.entries(service.depends_on ?? {})
    .filter(([, { condition }]) => condition !== 'service_healthy')
    .map(([other]) => `does not wait until ${other} is healthy`),
  ...Object.entries(service.environment ?? {})
    .filter(([key, value]) => (SECRET.test(key) && !/^\$\{[^}]*\}$/.test(value)) || /:\/\/[^/$]*:[^/$]*@/.test(value))
    .map(([key]) => `contains the value of ${key}`),
  ...(service.volumes ?? [])
    .filter((volume) => !(volume.split(':')[0] in volumes))
    .map((volume) => `mounts ${volume}, which is not a named volume`),
];

const ownViolations = (name, service, settings) => {
  const ours = SERVICES.find((candidate) => candidate.name === name);
  const mayPublish = name === 'gateway' ? [] : service.ports;
  const violations = mayPublish?.length ? ['publishes a port'] : [];
  if (!ours) return violations;
  const { environment = {} } = service;
  const prefix = ours.portOf.toUpperCase();
  const url = environment[`${prefix}_URL`];
  const [, port] = new RegExp(`'${prefix}_PORT', (\\d+)`).exec(settings);
  return [
    ...violations,
    ...(service.command?.join(' ') === ours.program ? [] : [`does not run ${ours.program}`]),
    ...(environment.HEALTH_URL?.startsWith(`http://127.0.0.1:${port}/`)
      ? []
      : [`has a HEALTH_URL that does not match ${prefix}_PORT`]),
    ...(name === 'gateway' || url === `http://${name}:${port}`
      ? []
      : [`has a ${prefix}_URL that does not match its name and port`]),
  ];
};

const imageViolations = (texts, exists) => {
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
    ...(new Set(bases).size === 1 ? [] : ['Dockerfile: the stages use different images']),
    ...(user && !/^(root|0)\b/.test(user) ? [] : ['Dockerfile: the container runs as root']),
    ...(lastStage.includes(`\nENTRYPOINT ${entrypoint}\n`) ? [] : [`Dockerfile: the entry point is not ${entrypoint}`]),
    ...(lastStage.includes('NODE_ENV=production') ? [] : ['Dockerfile: NODE_ENV is not production']),
    ...(dockerfile.match(/npm ci/g)?.length === dockerfile.match(/npm (ci|i|install)\b/g)?.length
      ? []
      : ['Dockerfile: dependencies are installed without npm ci']),
    ...instructions
      .filter((instruction) => /^(ARG|ENV) /.test(instruction) && SECRET.test(instruction))
      .map((instruction) => `Dockerfile: ${instruction.trim()} stores a secret in the image`),
    ...(dockerfile.includes('\nRUN node console/build.mjs\n') ? [] : ['Dockerfile: the console is not built']),
    ...paths.filter((path) => !exists(path)).map((path) => `.dockerignore: ${path} does not exist`),
    ...workspaces
      .filter((workspace) => !paths.includes(workspace) && !paths.includes(`${workspace}/package.json`))
      .map((workspace) => `.dockerignore: the workspace ${workspace} is excluded`),
    ...SERVICES.filter(({ program }) => !isInstalled(dockerfile, program)).map(
      ({ name }) => `Dockerfile: ${name} is not installed or built`,
    ),
  ];
};

const isInstalled = (dockerfile, program) => {
  const [workspace] = program.split('/');
  return (
    new RegExp(`npm ci --omit=dev.* -w ${workspace}( |$)`, 'm').test(dockerfile) &&
    new RegExp(`tsc -b.* ${workspace}( |$)`, 'm').test(dockerfile)
  );
};
