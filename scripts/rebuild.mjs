// `npm run rebuild -- <name>`: the counter belongs to command-service, the read models to projections.
const name = process.argv[2];
await import(name === 'counter' ? '../command-service/dist/counter/rebuild.js' : '../projections/dist/rebuild/rebuild.js');
