import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { isLockConflict } from '../database/database-errors';
import { clusterWaitSql } from '../database/pool';

const table = 'tb_migrator';
const beatEveryMs = 500;
/** A turn that did not move between so many looks, `beatEveryMs` apart, is of somebody gone. */
const stillLooksMax = 10;

interface Turn {
  readonly owner: string;
  readonly beat: number;
}

/**
 * Does the work when it is this host's turn on a Galera cluster. The lock that a server gives
 * counts on that node only; the row of a table is given by the cluster, which refuses the second
 * who takes it. While its owner lives, the row moves. While a node changes a table, nothing is
 * committed on any: then whoever waits and looks has to wait too, and counts no further.
 *
 * Fails when it has been somebody else's turn for `waitMsMax`. `runner`: on one connection.
 */
export async function inTurn<T>(runner: QueryRunner, waitMsMax: number, work: () => Promise<T>) {
  await runner.query(clusterWaitSql);
  await runner.query(
    `CREATE TABLE IF NOT EXISTS ${table}
      (id int NOT NULL PRIMARY KEY, owner varchar(36) NOT NULL, beat int NOT NULL)`,
  );
  const owner = randomUUID();
  await take(runner, owner, waitMsMax);
  const ended = new AbortController();
  const beating = beat(runner, owner, ended.signal);
  try {
    return await work();
  } finally {
    ended.abort();
    await beating;
    await release(runner, owner);
  }
}

async function take(runner: QueryRunner, owner: string, waitMsMax: number): Promise<void> {
  const endMs = performance.now() + waitMsMax;
  let seen: Turn | undefined;
  let stillLooks = 0;
  while (performance.now() < endMs) {
    const turn = await look(runner);
    const isStill = turn?.owner === seen?.owner && turn?.beat === seen?.beat;
    stillLooks = turn && isStill ? stillLooks + 1 : 0;
    seen = turn;
    const isFree = turn && (turn.owner === '' || stillLooks >= stillLooksMax);
    if (isFree && (await moves(runner, turn, owner))) return;
    await wait(beatEveryMs);
  }
  throw new Error('another host is migrating this database');
}

/** Undefined if the cluster had no time for it: of several who begin at once one is refused. */
async function look(runner: QueryRunner): Promise<Turn | undefined> {
  try {
    const [row] = await runner.query(`SELECT owner, beat FROM ${table}`);
    if (row) return row;
    await runner.query(`INSERT IGNORE INTO ${table} VALUES (1, '', 0)`);
    return { owner: '', beat: 0 };
  } catch (error) {
    if (isLockConflict(error)) return undefined;
    throw error;
  }
}

/** Takes the turn if it is still as it was seen. */
async function moves(runner: QueryRunner, { owner, beat }: Turn, next: string): Promise<boolean> {
  try {
    const sql = `UPDATE ${table} SET owner = ?, beat = beat + 1 WHERE owner = ? AND beat = ?`;
    const { affectedRows } = await runner.query(sql, [next, owner, beat]);
    return affectedRows === 1;
  } catch (error) {
    if (isLockConflict(error)) return false;
    throw error;
  }
}

/** Who cannot give it back for a conflict has lost it, or is taken for gone soon. */
async function release(runner: QueryRunner, owner: string): Promise<void> {
  try {
    await runner.query(`UPDATE ${table} SET owner = '' WHERE owner = ?`, [owner]);
  } catch (error) {
    if (!isLockConflict(error)) throw error;
  }
}

/** Shows that the owner lives, until the signal. A beat that fails is one that nobody sees. */
async function beat(runner: QueryRunner, owner: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const sql = `UPDATE ${table} SET beat = beat + 1 WHERE owner = ?`;
    await runner.query(sql, [owner]).catch(() => undefined);
    await wait(beatEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
