import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { dummyStateSchema, type DummyObject } from '../../activities/platform/dummy/dummy-state.ts';
import { stackName } from '../../domain/ids.ts';
import { realmNameSchema } from '../../domain/sso.ts';
import { keycloakReply, keycloakState, type KeycloakState } from '../fixtures/keycloak-double.ts';
import type { DoubleReply, DoubleRequest } from '../fixtures/provider-double.ts';

/** As the dummy platform has generated it. */
export const ADMINISTRATOR = { username: 'admin', password: 'secret-admin_password' };

/** What the ingress says when no router has the host. */
const NO_ROUTER: DoubleReply = {
  status: 404,
  html: '404 page not found\n',
  headers: { 'content-type': 'text/plain; charset=utf-8' },
};

/** A request that is to take its time, once. */
export interface HeldRequest {
  readonly method: string;
  readonly path: RegExp;
  /** Whether the provider has done what it is asked for already, and only its answer is missing. */
  readonly done: boolean;
}

const HELD_MS = 6_000;

/**
 * The identity providers on the dummy platform, which the ingress leads to: each answers for as long as its service is
 * there, and keeps its realms for as long as its volume is.
 */
export class FakeProviders {
  private readonly file: string;
  private readonly states = new Map<string, { readonly volume: string; readonly state: KeycloakState }>();
  private held: { readonly request: HeldRequest; readonly tell: () => void } | undefined;

  private isSilent = false;

  /** @param file the state of the platform */
  constructor(file: string) {
    this.file = file;
  }

  isMeant(host: string): boolean {
    return /^(?:keyc-|warm-keycloak\.)/.test(host);
  }

  async reply(request: DoubleRequest): Promise<DoubleReply> {
    const stack = stackName(request.host);
    const own = this.objects().filter((one) => one.stack === stack);
    const volume = own.find(({ kind }) => kind === 'volume');
    if (this.isSilent || !volume || !own.some(({ kind }) => kind === 'service')) return NO_ROUTER;
    const state = await this.stateOf(request.host, volume);
    const { held } = this;
    if (!held || held.request.method !== request.method || !held.request.path.test(request.path))
      return keycloakReply(state, request);
    this.held = undefined;
    const early = held.request.done ? await keycloakReply(state, request) : undefined;
    held.tell();
    await delay(HELD_MS);
    return early ?? keycloakReply(state, request);
  }

  /** The ingress has no router for any of them, until it is told otherwise. */
  silence(isSilent: boolean): void {
    this.isSilent = isSilent;
  }

  /** Resolves when the next request like that is being held. */
  hold(request: HeldRequest): Promise<void> {
    return new Promise((resolve) => {
      this.held = { request, tell: resolve };
    });
  }

  /** Realms of runs at providers whose data is still there, as `ci-… at <host>`. */
  realms(): string[] {
    const volumes = new Set(this.objects().flatMap(({ kind, ...of }) => (kind === 'volume' ? idOf(of) : [])));
    return [...this.states].flatMap(([host, { volume, state }]) =>
      volumes.has(volume)
        ? [...state.realms.keys()]
            .filter((name) => realmNameSchema.safeParse(name).success)
            .map((name) => `${name} at ${host}`)
        : [],
    );
  }

  private async stateOf(host: string, object: DummyObject): Promise<KeycloakState> {
    const volume = idOf(object);
    const known = this.states.get(host);
    if (known?.volume === volume) return known.state;
    const state = await keycloakState(host, ADMINISTRATOR);
    // Of two first requests the state of one counts.
    const meanwhile = this.states.get(host);
    if (meanwhile?.volume === volume) return meanwhile.state;
    this.states.set(host, { volume, state });
    return state;
  }

  private objects(): readonly DummyObject[] {
    if (!existsSync(this.file)) return [];
    return dummyStateSchema.parse(JSON.parse(readFileSync(this.file, 'utf8'))).objects;
  }
}

const idOf = ({ environmentId, name }: Pick<DummyObject, 'environmentId' | 'name'>) =>
  `${environmentId} ${name}`;
