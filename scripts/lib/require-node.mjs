// Imported first, so that an old Node gets this sentence instead of an error from somewhere deeper.
const MINIMUM = 20;

if (Number(process.versions.node.split('.')[0]) < MINIMUM) {
  process.stderr.write(`This project needs Node.js ${MINIMUM} or newer; this is ${process.version}.\n`);
  process.exit(1);
}
