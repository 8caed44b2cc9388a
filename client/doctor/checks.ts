import { backupTool } from './backup-tool.ts';
import { browser } from './browser.ts';
import { diskData, diskDocker, memory } from './capacity.ts';
import type { Check } from './check.ts';
import { dockerDaemon, proxyNetwork, swarm } from './daemon.ts';
import { dns } from './dns.ts';
import { historyKey } from './history-key.ts';
import { certificate, ingressWeb, ingressWebSecure } from './ingress.ts';
import { payloadKey } from './payload-key.ts';
import { renderer } from './renderer.ts';
import { searchAttributes } from './search-attributes.ts';
import { serviceAddresses } from './service-addresses.ts';
import { namespace, temporal } from './temporal.ts';
import { dockerClient, git, node, programs } from './versions.ts';
import { workers } from './workers.ts';

/** All that a host of cc-ci stands on, in the order in which faults are best mended. */
export const CHECKS: readonly Check[] = [
  ...[node, git, programs, memory, diskData, diskDocker],
  ...[dockerClient, dockerDaemon, swarm, proxyNetwork, serviceAddresses],
  ...[ingressWeb, ingressWebSecure, certificate, dns],
  ...[temporal, namespace, searchAttributes, payloadKey, historyKey, workers],
  ...[renderer, backupTool, browser],
];
