import type { ComposeStack } from '../compose.ts';
import type { SourceFile } from '../source-map.ts';

/** A config, or a secret from a file: immutable in swarm once it exists under its name. */
export interface RecipeConfig {
  readonly kind: 'configs' | 'secrets';
  /** Key in the compose file. */
  readonly key: string;
  /** Rendered name, stack included: `cust-1a2b3c_ci_test_nginx_conf_v2`. */
  readonly name: string;
  /** Relative to the checkout. */
  readonly file: string;
  /** Of the file's text, hexadecimal. */
  readonly sha256: string;
  readonly text: string;
}

export interface RecipeTag {
  /** `X.Y.Z+upstream`. */
  readonly tag: string;
  /** False for a lightweight tag, which has neither author nor message. */
  readonly annotated: boolean;
}

/** A version of a recipe as plain data: all that the rules of the linter look at. */
export interface RecipeTree {
  /** Stack of an app of the recipe, with a domain of the length that runs have. */
  readonly stackName: string;
  /** The compose files that COMPOSE_FILE names, in its order, as far as they could be read. */
  readonly compose: readonly SourceFile[];
  /** Rendered by Docker's own loader; absent when it refused, which is reported elsewhere. */
  readonly stack: ComposeStack | undefined;
  /** The app's complete environment: sample, exports of abra.sh, and what abra and cc-ci set. */
  readonly env: Readonly<Record<string, string>>;
  /** Text of `.env.sample`; empty when there is none. */
  readonly sample: string;
  /** Paths of all files, sorted. */
  readonly files: readonly string[];
  readonly configs: readonly RecipeConfig[];
  /** Version tags of the commit and those before it, newest first. */
  readonly tags: readonly RecipeTag[];
}
