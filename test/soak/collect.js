'use strict';

/**
 * Loaded into a worker before its program: SIGUSR2 collects all garbage. What is in use after that is what
 * a leak would make grow; between two collections it says only how long ago the last one was.
 */
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => collect());
