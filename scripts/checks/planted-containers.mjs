const COMPOSE = 'docker-compose.yml';

/** Changes of a compose file that the schema check must refuse, with the rule that does. */
export const COMPOSE_BREAKS = {
  'unknown key': { file: COMPOSE, from: 'pull_policy: build', to: 'pull_polici: build', says: 'invalid-schema' },
  'wrong type': { file: COMPOSE, from: 'init: true', to: 'init: [yes]', says: 'invalid-schema' },
  'broken YAML': { file: COMPOSE, from: 'services:\n', to: 'services:\n\t', says: 'invalid-yaml' },
  'unknown key beside it': {
    file: 'testing/engines/docker-compose.ports.yml',
    from: '  mongodb:\n    ports',
    to: '  mongodb:\n    port',
    says: 'invalid-schema',
  },
};

/** Changes that each break one promise, with a part of what is said of it. */
export const CONTAINER_BREAKS = [
  [COMPOSE, 'volumes: [mongodb:/data/db]', 'container_name: db', 'mongodb has a fixed name'],
  [COMPOSE, 'volumes: [mongodb:/data/db]', 'volumes: [./db:/data/db]', 'mongodb keeps ./db:/data/db outside'],
  [COMPOSE, 'volumes: [kafka:/var/lib/kafka/data]', "ports: ['9092:9092']", 'kafka publishes a port'],
  [COMPOSE, 'image: mongo:8.0.13-noble', 'image: mongo:latest', 'mongodb runs an image that is not pinned'],
  [COMPOSE, '\n  projections:\n', '\n  projection:\n', 'projections is missing'],
  [COMPOSE, 'image: mongo:8.0.13-noble', 'image: mongo:8.0.14-noble', 'mongodb runs another image than'],
  [
    COMPOSE,
    "      EVENTSTORE_CLUSTER_SIZE: '1'",
    '      EVENTSTORE_DEFAULT_ADMIN_PASSWORD: x',
    'eventstore has EVENTSTORE_DEFAULT_',
  ],
  [COMPOSE, '${ADMIN_PASSWORD:-}', 'letmein', 'auth-service has ADMIN_PASSWORD written down'],
  [COMPOSE, '  CORS_ORIGINS: ${CORS_ORIGINS:-}', '  PROXY: http://me:mine@proxy', 'gateway has PROXY written down'],
  [
    COMPOSE,
    '    healthcheck: *healthcheck\n    depends_on:\n      auth-',
    '    depends_on:\n      auth-',
    'gateway has no health',
  ],
  [COMPOSE, 'query-service: *healthy', 'query-service: { condition: service_started }', 'does not wait until query-service'],
  [COMPOSE, '[query-service/dist/main.js]', '[projections/dist/main.js]', 'query-service runs another program'],
  [COMPOSE, '127.0.0.1:3004/health', '127.0.0.1:3003/health', 'projections is asked for its health elsewhere'],
  [COMPOSE, 'http://command-service:3001', 'http://commands:3001', 'command-service is looked for elsewhere'],
  [COMPOSE, '    stop_grace_period: 60s\n    command', '    command', 'mongodb says not how long'],
  ['Dockerfile', 'USER node\n', '', 'runs as root'],
  ['Dockerfile', 'USER node\n', 'USER node\nENV ADMIN_PASSWORD=letmein\n', 'a secret stays in the image'],
  ['Dockerfile', 'FROM node:24.21.0-bookworm-slim AS build', 'FROM node:24.21.1-bookworm-slim AS build', 'not of one image'],
  ['Dockerfile', 'FROM node:24.21.0-bookworm-slim\nENV', 'FROM node:slim\nENV', 'node:slim is not pinned'],
  ['Dockerfile', 'RUN npm ci\n', 'RUN npm install\n', 'something else than the lock file says'],
  ['Dockerfile', '-w gateway -w projections', '-w projections', 'gateway is not installed'],
  ['Dockerfile', 'semi-space-size=8', 'semi-space-size=16', 'its entry point is not'],
  ['Dockerfile', 'NODE_ENV=production', 'NODE_ENV=test', 'does not run in production'],
  ['.dockerignore', '!tsconfig.base.json', '!tsconfig.common.json', 'tsconfig.common.json is not there'],
  ['.dockerignore', '!bench/package.json\n', '', 'bench of the lock file is left out'],
].map(([file, from, to, fault]) => ({ file, from, to, fault }));
