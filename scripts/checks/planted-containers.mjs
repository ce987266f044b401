const COMPOSE = 'docker-compose.yml';

/** Changes of a compose file that the schema check must reject, with the rule that rejects them. */
export const COMPOSE_VIOLATIONS = {
  'unknown key': { file: COMPOSE, from: 'pull_policy: build', to: 'pull_polici: build', message: 'invalid-schema' },
  'wrong type': { file: COMPOSE, from: 'init: true', to: 'init: [yes]', message: 'invalid-schema' },
  'broken YAML': { file: COMPOSE, from: 'services:\n', to: 'services:\n\t', message: 'invalid-yaml' },
  'unknown key in the second file': {
    file: 'testing/engines/docker-compose.ports.yml',
    from: '  mongodb:\n    ports',
    to: '  mongodb:\n    port',
    message: 'invalid-schema',
  },
};

/** Changes that each violate one rule, with a part of the expected message. */
export const CONTAINER_VIOLATIONS = [
  [COMPOSE, 'volumes: [mongodb:/data/db]', 'container_name: db', 'mongodb has a container_name'],
  [COMPOSE, 'volumes: [mongodb:/data/db]', 'volumes: [./db:/data/db]', 'mongodb mounts ./db:/data/db'],
  [COMPOSE, 'volumes: [kafka:/var/lib/kafka/data]', "ports: ['9092:9092']", 'kafka publishes a port'],
  [COMPOSE, 'image: mongo:8.0.13-noble', 'image: mongo:latest', 'mongodb runs an image that is not pinned'],
  [COMPOSE, '\n  projections:\n', '\n  projection:\n', 'projections is missing'],
  [COMPOSE, 'image: mongo:8.0.13-noble', 'image: mongo:8.0.14-noble', 'mongodb does not run the image of'],
  [
    COMPOSE,
    "      EVENTSTORE_CLUSTER_SIZE: '1'",
    '      EVENTSTORE_DEFAULT_ADMIN_PASSWORD: x',
    'eventstore contains the value of EVENTSTORE_DEFAULT_',
  ],
  [COMPOSE, '${ADMIN_PASSWORD:-}', 'letmein', 'auth-service contains the value of ADMIN_PASSWORD'],
  [COMPOSE, '  CORS_ORIGINS: ${CORS_ORIGINS:-}', '  PROXY: http://me:mine@proxy', 'gateway contains the value of PROXY'],
  [
    COMPOSE,
    '    healthcheck: *healthcheck\n    depends_on:\n      auth-',
    '    depends_on:\n      auth-',
    'gateway has no health',
  ],
  [COMPOSE, 'query-service: *healthy', 'query-service: { condition: service_started }', 'does not wait until query-service'],
  [
    COMPOSE,
    '[query-service/dist/main.js]',
    '[projections/dist/main.js]',
    'query-service does not run query-service/dist/main.js',
  ],
  [COMPOSE, '127.0.0.1:3004/health', '127.0.0.1:3003/health', 'projections has a HEALTH_URL that does not match'],
  [
    COMPOSE,
    '[command-service/dist/delivery.js]',
    '[delivery/dist/main.js]',
    'delivery does not run command-service/dist/delivery.js',
  ],
  [COMPOSE, 'http://command-service:3001', 'http://commands:3001', 'command-service has a COMMAND_URL that does not match'],
  [COMPOSE, '    stop_grace_period: 60s\n    command', '    command', 'mongodb has no stop_grace_period'],
  ['Dockerfile', 'USER node\n', '', 'runs as root'],
  ['Dockerfile', 'USER node\n', 'USER node\nENV ADMIN_PASSWORD=letmein\n', 'stores a secret in the image'],
  [
    'Dockerfile',
    'FROM node:24.21.0-bookworm-slim AS build',
    'FROM node:24.21.1-bookworm-slim AS build',
    'the stages use different images',
  ],
  ['Dockerfile', 'FROM node:24.21.0-bookworm-slim\nENV', 'FROM node:slim\nENV', 'node:slim is not pinned'],
  ['Dockerfile', 'RUN npm ci\n', 'RUN npm install\n', 'without npm ci'],
  ['Dockerfile', '-w gateway -w projections', '-w projections', 'gateway is not installed'],
  ['Dockerfile', 'RUN node console/build.mjs\n', '', 'the console is not built'],
  ['Dockerfile', 'semi-space-size=8', 'semi-space-size=16', 'the entry point is not'],
  ['Dockerfile', 'NODE_ENV=production', 'NODE_ENV=test', 'NODE_ENV is not production'],
  ['.dockerignore', '!tsconfig.base.json', '!tsconfig.common.json', 'tsconfig.common.json does not exist'],
  ['.dockerignore', '!bench/package.json\n', '', 'the workspace bench is excluded'],
].map(([file, from, to, message]) => ({ file, from, to, message }));
