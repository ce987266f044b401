// Imported first, so that an old Node gets this sentence instead of an error from somewhere deeper.
// 20.12 is the first that reads .env files.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 12)) {
  process.stderr.write(`This project needs Node.js 20.12 or newer; this is ${process.version}.\n`);
  process.exit(1);
}
