import { socketFolder } from '../lib/context.mjs';
import { ensureInstance } from '../lib/instance.mjs';
import { removeKernelObjects } from '../lib/namespace.mjs';
import path from 'node:path';

/** @type {import('../lib/steps.mjs').Step} */
export const instance = {
  name: 'instance',
  title: 'instance',
  needs: ['preflight'],
  async run(ctx) {
    ctx.instance = await ensureInstance(ctx, removeKernelObjects);
    const { id, ports } = ctx.instance;
    Object.assign(ctx.facts, {
      CCI_INSTANCE: id,
      CCI_HOST: 'local',
      CCI_DATA: ctx.paths.data,
      CCI_ZONE: ctx.zone,
      CCI_TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
      CCI_TEMPORAL_NAMESPACE: 'default',
      CCI_TEMPORAL_UI: `http://127.0.0.1:${ports.temporalUi}`,
      CCI_KEYS_FILE: ctx.paths.keys,
      CCI_CODEC_PORT: String(ports.codec),
      CCI_METRICS_PORT: String(ports.metrics),
    });
    if (!ctx.useDocker) {
      const socket = path.join(socketFolder({ dir: ctx.dir, id }), 'docker.sock');
      ctx.facts.CCI_DOCKER_HOST = `unix://${socket}`;
    }
    return id;
  },
};
