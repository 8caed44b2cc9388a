/**
 * Loaded into the real worker processes of a lane ahead of their program (`--import`). It lets a test stop a worker at a
 * point of its work, lends it some recipes, and can take one of cc-ci's safeguards away; the program itself is not changed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { z } from 'zod';
import { isErrno } from '../../activities/support/errno.ts';
import {
  ARMED_FILE,
  armedSchema,
  BUNDLE_VARIABLE,
  FOLDER_VARIABLE,
  holdFile,
  reachedFile,
  toldFile,
  WITHOUT_VARIABLE,
  type Armed,
  type Moment,
} from './points.ts';

const folder = process.env[FOLDER_VARIABLE];
if (folder === undefined) throw new Error(`${FOLDER_VARIABLE} is not set`);
const inFolder = (name: string) => join(folder, name);

/** Modules that stand in for a safeguard that is switched off. */
const REPLACED: Readonly<Record<string, string>> = {
  fence: '/activities/support/fence.ts',
  markers: '/activities/support/markers/check.ts',
  realms: '/activities/warm/realms.ts',
};
const without = process.env[WITHOUT_VARIABLE] ?? '';
const replaced = REPLACED[without];
if (replaced !== undefined) replace(replaced, new URL(`./without/${without}.ts`, import.meta.url).href);
// Of a copy of the sources the recipes are its own.
replace(
  new URL('../../activities/support/load-recipe.ts', import.meta.url).href,
  new URL('./lent-recipes.ts', import.meta.url).href,
);

/** Whoever imports a module whose URL ends like this gets the replacement, except the replacement itself. */
function replace(ending: string, replacement: string): void {
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const isMeant = found.url.endsWith(ending) && context.parentURL !== replacement;
      return isMeant ? { ...found, url: replacement } : found;
    },
  });
}

function armed(): Armed | undefined {
  try {
    return armedSchema.parse(JSON.parse(readFileSync(inFolder(ARMED_FILE), 'utf8')));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Says that this process is at the point, if it is the first, and stays for as long as the test wants it to. */
async function reach({ id }: Armed, workflowId: string): Promise<void> {
  const content = JSON.stringify({ pid: process.pid, atMs: Date.now(), workflowId });
  try {
    writeFileSync(inFolder(reachedFile(id)), content, { flag: 'wx' });
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    throw error;
  }
  while (existsSync(inFolder(holdFile(id)))) await delay(10);
}

const placedSchema = z.looseObject({
  stage: z.string().optional(),
  app: z.looseObject({ role: z.string() }).optional(),
});

function isAt({ point }: Armed, activity: string, args: readonly unknown[], moment: Moment): boolean {
  if (point.activity !== activity || point.moment !== moment) return false;
  const placed = placedSchema.safeParse(args[0]).data;
  const isIn = point.stage === undefined || placed?.stage === point.stage;
  return isIn && (point.role === undefined || placed?.app?.role === point.role);
}

function instrumented(options: WorkerOptions): WorkerOptions {
  const bundle = process.env[BUNDLE_VARIABLE];
  return {
    ...options,
    ...(options.workflowBundle && bundle !== undefined ? { workflowBundle: { codePath: bundle } } : {}),
    dataConverter: {
      ...options.dataConverter,
      payloadCodecs: [
        {
          encode: (payloads) => Promise.resolve(payloads),
          decode: async (payloads) => {
            // Of all that is decoded after the activity was reported, the activation of its workflow comes first.
            const asked = armed();
            if (asked?.point.moment === 'task' && existsSync(inFolder(toldFile(asked.id))))
              await reach(asked, 'unknown');
            return payloads;
          },
        },
        ...(options.dataConverter?.payloadCodecs ?? []),
      ],
    },
    interceptors: {
      ...options.interceptors,
      activity: [
        ({ info: { activityType, workflowExecution } }) => {
          const workflowId = workflowExecution?.workflowId ?? '';
          return {
            inbound: {
              async execute({ args, ...rest }, next) {
                const before = armed();
                if (before && isAt(before, activityType, args, 'before')) await reach(before, workflowId);
                const result: unknown = await next({ args, ...rest });
                const after = armed();
                if (after && isAt(after, activityType, args, 'after')) await reach(after, workflowId);
                if (after && isAt(after, activityType, args, 'task'))
                  writeFileSync(inFolder(toldFile(after.id)), '');
                return result;
              },
            },
          };
        },
      ],
    },
  };
}

const create = Worker.create.bind(Worker);
Worker.create = (options) => create(instrumented(options));
