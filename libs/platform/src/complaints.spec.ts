import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Complaints } from './complaints';
import { Seldom } from './seldom';

test('the same trouble is told once a minute, in its own words; another one at once', () => {
  const told: string[] = [];
  let nowMs = 0;
  const logger = { warn: (words: string) => told.push(words) } as unknown as Logger;
  const complaints = new Complaints(logger, () => nowMs);
  const readOnly = Object.assign(new Error('the server runs with --read-only'), {
    code: 'ER_1290',
  });
  for (nowMs of [0, 1_000, 59_999]) complaints.tell('the database takes no writes', readOnly);
  complaints.tell('Redis is full', new Error('OOM command not allowed'));
  complaints.tell('nothing is known', undefined);
  nowMs = 60_000;
  complaints.tell('the database takes no writes', readOnly);
  assert.deepEqual(told, [
    'the database takes no writes: ER_1290: the server runs with --read-only',
    'Redis is full: OOM command not allowed',
    'nothing is known',
    'the database takes no writes: ER_1290: the server runs with --read-only',
  ]);
});

test('an error of our own is told in the words of its cause, or in its own', () => {
  const told: string[] = [];
  const logger = { warn: (words: string) => told.push(words) } as unknown as Logger;
  const complaints = new Complaints(logger);
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const detail = 'the database cannot be reached';
  complaints.tell('not renewed', new AppError('service/unavailable', { detail, cause }));
  complaints.tell('not renewed', new AppError('service/unavailable', { detail }));
  assert.deepEqual(told, [
    'not renewed: ECONNREFUSED: connect ECONNREFUSED',
    'not renewed: the database cannot be reached',
  ]);
});

test('how often a kind of trouble was left out is told with its next turn', () => {
  let nowMs = 0;
  const seldom = new Seldom(() => nowMs);
  assert.deepEqual(
    [1, 2, 3].map(() => seldom.turnOf('forged')),
    [0, undefined, undefined],
  );
  assert.equal(seldom.turnOf('stale'), 0);
  nowMs = 60_000;
  assert.deepEqual([seldom.turnOf('forged'), seldom.turnOf('stale')], [2, 0]);
  for (let kind = 0; kind < 100; kind += 1) seldom.turnOf(`kind ${kind}`);
  assert.equal(seldom.turnOf('forged'), 0, 'the oldest kind is forgotten');
});
