# One image of all five services; the command says which of them runs.

FROM node:24.21.0-bookworm-slim AS manifests
WORKDIR /app
COPY . .
# What is installed depends on these alone, so that a changed source installs nothing again.
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci --omit=dev -w auth-service -w command-service -w gateway -w projections -w query-service

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci
COPY . .
RUN node_modules/.bin/tsc -b auth-service command-service gateway projections query-service
# What stays is what runs, without what built it.
RUN rm -rf node_modules */node_modules packages/*/node_modules */src packages/*/src

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
# A volume that is mounted here takes over its owner and mode.
RUN mkdir -m 700 /data && chown node:node /data
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /app ./
USER node
# As in `npm start`: under full load a service stays under 200 MiB where it would take 300, at the same speed.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--heap-growing-percent=50"]
