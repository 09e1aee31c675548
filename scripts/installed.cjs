// Loaded before whatever needs a newer Node or packages to be loaded at all: it says what to do.
// CommonJS, and by `--require`, which every Node has.
const { existsSync } = require('node:fs');
const { engines } = require('../package.json');

function refuse(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

// Every Node of `engines` can load modules by require, and no other one.
if (!process.features.require_module) {
  refuse(`Saoma needs Node ${engines.node}, and this is ${process.version}.`);
}
if (!existsSync(`${__dirname}/../node_modules/.bin/swc`)) {
  refuse('The packages are not installed: run `npm ci` first.');
}
