#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

// Whoever closes a pipe (`| head`) has seen enough; a stderr that is gone takes no message.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') process.exitCode = 2;
});
process.stderr.on('error', () => {});

const built = join(__dirname, '..', 'dist', 'main.js');
if (existsSync(built)) {
  require(built)
    .main(process.argv.slice(2))
    .then(
      (code) => {
        process.exitCode = Math.max(code, Number(process.exitCode ?? 0));
      },
      (error) => {
        // Not the message: it may hold what a record says.
        const at = String(error?.stack)
          .split('\n')
          .filter((line) => /^ +at /.test(line));
        process.stderr.write(
          `tidemark broke, please report it: ${error?.name}\n${at.join('\n')}\n`,
        );
        process.exitCode = 3;
      },
    );
} else {
  process.stderr.write('tidemark is not built yet. Run: npm run build\n');
  process.exitCode = 2;
}
