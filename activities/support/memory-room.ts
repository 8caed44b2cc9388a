import { setTimeout as delay } from 'node:timers/promises';
import { inWords, MIB } from '../../domain/bytes.ts';
import { CodedError } from '../../domain/errors.ts';
import { faultOfMemory, MEMORY_WAIT_MS, type MemoryNeed } from '../../domain/memory.ts';
import type { HostDependencies } from '../host-dependencies.ts';
import { warmRecords } from '../warm/record.ts';
import type { Operation } from './operation.ts';

const PAUSE_MS = 1000;

/**
 * Waits until the host has the memory that a run is going to need. Rejects with `E_MEMORY` at once when it never will,
 * and else when the time is up: by then it is not the environment before that is still ending.
 */
export async function awaitMemory(
  deps: HostDependencies,
  operation: Operation,
  needs: readonly MemoryNeed[],
  waitMs = MEMORY_WAIT_MS,
): Promise<void> {
  const { platform, config } = deps;
  const { signal } = operation;
  const end = performance.now() + waitMs;
  let waitingFor: string | undefined;
  for (;;) {
    const host = await platform.hostMemory();
    // That of a daemon elsewhere cannot be measured.
    if (!host) return;
    const fault = faultOfMemory(host, needs, config.CCI_MEMORY_RESERVE_MIB * MIB);
    if (!fault) {
      operation.log(`memory: ${inWords(host.availableBytes)} of ${inWords(host.totalBytes)} available`);
      return;
    }
    const reason = `${fault.reason}${await warmShare(deps, operation)}`;
    if (fault.final) throw new CodedError('E_MEMORY', reason);
    if (performance.now() >= end) {
      throw new CodedError('E_MEMORY', `after ${Math.round(waitMs / 1000)} s: ${reason}`);
    }
    // As it was when the wait began: figures that change each second would hide since when it waits.
    waitingFor ??= `memory: ${reason}`;
    operation.progress(waitingFor);
    await delay(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** A provider that is kept warm serves others and is left alone, but people may want to know (spec R-73). */
async function warmShare({ paths }: HostDependencies, { environment }: Operation): Promise<string> {
  const used = new Set([environment.id, ...(environment.realms ?? []).map((realm) => realm.environmentId)]);
  const idle = (await warmRecords(paths, environment.instance)).find((one) => !used.has(one.environment.id));
  const recipe = idle?.environment.apps.at(-1)?.recipe;
  if (recipe === undefined) return '';
  return `; ${recipe} is kept warm, which this run does not use: \`cc-ci warm down ${recipe}\` frees its memory`;
}
