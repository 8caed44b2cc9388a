import type { Attempted } from '../../activities/types.ts';
import type { Assertion, StageResult } from '../../domain/stages.ts';
import { explain } from '../failures.ts';

/** The attempts that the steps of one stage took, and those in which its assertions were made. */
export class Tries {
  private readonly retries: { readonly step: string; readonly attempts: number }[] = [];
  /** Attempt by the name of an assertion that was not made in the first one. */
  private readonly late = new Map<string, number>();

  /** Passes on what a step came to; of one that was given up the last attempt counts too. */
  async note<T>(step: string, act: () => Promise<Attempted<T>>): Promise<T> {
    try {
      const { value, attempt } = await act();
      this.add(step, attempt);
      if (attempt > 1) for (const { name } of assertionsIn(value)) this.late.set(name, attempt);
      return value;
    } catch (error) {
      this.add(step, explain(error).details?.attempt ?? 1);
      throw error;
    }
  }

  /** Steps that succeeded at once are only counted. */
  get counts(): Pick<StageResult, 'attempts' | 'retries'> {
    const attempts = Math.max(1, ...this.retries.map((retry) => retry.attempts));
    return { attempts, ...(this.retries.length === 0 ? {} : { retries: [...this.retries] }) };
  }

  mark(assertions: readonly Assertion[]): Assertion[] {
    return assertions.map((assertion) => {
      const attempts = this.late.get(assertion.name);
      return attempts === undefined ? assertion : { ...assertion, attempts };
    });
  }

  private add(step: string, attempts: number): void {
    if (attempts > 1) this.retries.push({ step, attempts });
  }
}

/** A step answers with assertions, with an object that has some among other things, or with something else. */
function assertionsIn(value: unknown): readonly { readonly name: string }[] {
  const list = isRecord(value) ? value['assertions'] : value;
  return Array.isArray(list) ? list.filter(isNamed) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamed(value: unknown): value is { readonly name: string } {
  return isRecord(value) && typeof value['name'] === 'string' && typeof value['ok'] === 'boolean';
}
