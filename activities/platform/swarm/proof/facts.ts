/** What is compared of a container specification, each aspect as a flat map so that a difference has a name. */
export interface ContainerFacts {
  /** `image` with the complete reference. */
  readonly image: Facts;
  /** Variables with their values; values are never shown. */
  readonly environment: Facts;
  /** By target: name of the config and hash of its content. */
  readonly configs: Facts;
  /** By target: name of the secret. */
  readonly secrets: Facts;
  /** By target: kind, source and whether it is read-only. */
  readonly mounts: Facts;
  readonly labels: Facts;
  /** Entrypoint, command and the test of the health check. */
  readonly process: Facts;
}
export type Facts = Readonly<Record<string, string>>;
export type Aspect = keyof ContainerFacts;

/** Labels that neither the recipe nor abra sets: the marks of cc-ci, and what `docker stack deploy` adds. */
const FOREIGN_LABEL = /^(cc-ci\.|com\.docker\.stack\.)/;

export function recipeLabels(labels: Facts): Facts {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !FOREIGN_LABEL.test(key)));
}

/** An argument list as text, empty when it is left to the image. */
export function words(list: readonly string[] | null | undefined): string {
  return list && list.length > 0 ? JSON.stringify(list) : '';
}

export function mountText(type: string, source: string, readOnly: boolean): string {
  return `${type} ${source}${readOnly ? ' read-only' : ''}`;
}

/** Differences by name; with `hidden` the values are left out. Empty when there are none. */
export function differences(expected: Facts, seen: Facts, hidden: boolean): readonly string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(seen)])].sort();
  return names.flatMap((name) => {
    const [want, have] = [expected[name], seen[name]];
    if (want === have) return [];
    if (have === undefined) return [`${name} is missing`];
    if (want === undefined) return [`${name} is not of this version`];
    return [hidden ? `${name} has another value` : `${name} is ${brief(have)}, expected ${brief(want)}`];
  });
}

function brief(value: string): string {
  if (value === '') return 'empty';
  return value.length > 120 ? `${value.slice(0, 120)}…` : value;
}
