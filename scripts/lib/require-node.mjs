// Imported first, so that an old Node.js prints this message instead of an unrelated error.
// 20.12 is the first version that reads .env files.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 12)) {
  process.stderr.write(`This project needs Node.js 20.12 or newer; this is ${process.version}.\n`);
  process.exit(1);
}
