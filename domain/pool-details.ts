import { describeBreaker, type Health } from './health.ts';
import { markdownTable, plainText } from './markdown.ts';

/** What the details of a host's pool are made of. */
export interface PoolAtGlance {
  readonly host: string;
  /** Workflow id of the guard that has the lease. */
  readonly holder: string | undefined;
  readonly waiting: readonly string[];
  readonly health: Health;
}

/** The details of a pool in the UI, as Markdown: who has the host, who waits, and what is ill. */
export function poolDetails({ host, holder, waiting, health }: PoolAtGlance): string {
  const head = holder === undefined ? '**free**' : `**leased** to \`${holder}\``;
  const rows = [
    ...waiting.map((guard, index) => [`place ${index + 1}`, `\`${guard}\``]),
    ...health.map((breaker) => [
      breaker.untilMs === undefined ? 'seen' : 'left alone',
      plainText(describeBreaker(breaker, host), 400),
    ]),
  ];
  return rows.length === 0 ? head : `${head}\n\n${markdownTable(['what', 'state'], rows)}`;
}
