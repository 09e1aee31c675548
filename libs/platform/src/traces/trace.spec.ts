import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedTrace, newTrace } from './trace';

const [trace, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

test('a trace that a caller names is taken over, in the form of version 00', () => {
  for (const [said, taken] of [
    [`00-${trace}-${parent}-01`, '01'],
    [`00-${trace}-${parent}-00`, '00'],
    [`00-${trace}-${parent}-03`, '03'],
    [`00-${trace}-${parent}-ff`, '03'],
    [`cc-${trace}-${parent}-01`, '01'],
    [`cc-${trace}-${parent}-01-what-will-be`, '01'],
  ]) {
    assert.equal(namedTrace(said), `00-${trace}-${parent}-${taken}`, said);
  }
});

test('what names no trace is as if nothing was said', () => {
  for (const said of [
    ...['', ' ', 'nonsense', trace, `${trace}-${parent}-01`, `00-${trace}-${parent}`],
    `00-${trace}-${parent}-01-more`,
    `ff-${trace}-${parent}-01`,
    `cc-${trace}-${parent}-01.more`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}0-${parent}-01`,
    `00-${trace}-${parent}-1`,
    ` 00-${trace}-${parent}-01`,
    // Said twice, Node joins it.
    `00-${trace}-${parent}-01, 00-${trace}-${parent}-01`,
    ...[undefined, null, 1, { traceparent: trace }, [`00-${trace}-${parent}-01`]],
  ]) {
    assert.equal(namedTrace(said), undefined, String(said));
  }
});

test('each new trace is another one, and in the form that it is taken over in', () => {
  const made = Array.from({ length: 1_000 }, newTrace);
  assert.equal(new Set(made).size, made.length);
  for (const one of made) assert.equal(namedTrace(one), one);
});
