import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '../../../domain/errors.ts';
import type { Operation } from '../../support/operation.ts';
import type { Platform } from '../port.ts';
import type { ChangeState, DummyObject, DummyState, DummyStep } from './dummy-state.ts';

/** The one way into the state for methods that work in an attempt: calls are counted, steered and fenced there. */
export interface ScriptedCalls {
  /**
   * Has an effect on the state, unless a step says otherwise.
   * @throws CodedError as scripted, or `E_FENCED` when the attempt has been superseded
   */
  readonly act: <T>(
    operation: Operation,
    method: keyof Platform,
    recipe: string,
    effect: (state: DummyState, step: DummyStep) => T,
  ) => Promise<T>;
  /** Removes what matches of the environment, but for as many objects as a step lets stay. */
  readonly remove: (
    operation: Operation,
    method: 'undeploy' | 'removeData' | 'removeFiles',
    recipe: string,
    matches: (object: DummyObject) => boolean,
  ) => Promise<void>;
}

export function scriptedCalls(change: ChangeState): ScriptedCalls {
  const act: ScriptedCalls['act'] = async (operation, method, recipe, effect) => {
    const step = change((state) => takeStep(state, method, recipe));
    if (step.delayMs) await delay(step.delayMs, undefined, { signal: operation.signal });
    operation.signal.throwIfAborted();
    if (step.fail) throw new CodedError(step.fail, step.message ?? `${method} fails as scripted`);
    // The fence refuses a child of a superseded attempt, and with it the change below.
    await operation.run(['true'], { timeoutMs: 10_000 });
    const result = change((state) => effect(state, step));
    if (step.crash) await forever(operation.signal);
    return result;
  };
  return {
    act,
    remove: (operation, method, recipe, matches) =>
      act(operation, method, recipe, (state, { leak = 0 }) => {
        const own = state.objects.filter(
          (object) => object.environmentId === operation.environment.id && matches(object),
        );
        const going = new Set(own.slice(leak));
        state.objects = state.objects.filter((object) => !going.has(object));
        for (const { kind, name, environmentId } of going)
          state.changes.push({ action: 'remove', kind, name, environmentId });
      }),
  };
}

function takeStep(state: DummyState, method: string, recipe: string): DummyStep {
  state.calls.push(recipe === '' ? method : `${method} ${recipe}`);
  const steps = state.steps[method] ?? [];
  const step = steps.find((one) => (one.recipe ?? recipe) === recipe && (one.times ?? 1) > 0);
  if (step?.times !== undefined) step.times -= 1;
  return step ?? {};
}

function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
