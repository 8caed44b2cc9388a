/** The variables of `.cc-ci/host.env`, the only interface to the TypeScript side. */
export const HOST_VARIABLES = [
  ...['CCI_INSTANCE', 'CCI_HOST', 'CCI_DATA', 'CCI_ZONE'],
  ...['CCI_DOCKER_HOST', 'CCI_DOCKER_BIN', 'CCI_DOCKER_OWN', 'CCI_SERVICE_VIPS', 'CCI_RENDERER'],
  ...['CCI_INGRESS_ADDRESS', 'CCI_INGRESS_HTTP_PORT', 'CCI_INGRESS_HTTPS_PORT', 'CCI_CA_FILE'],
  ...['CCI_TEMPORAL_ADDRESS', 'CCI_TEMPORAL_NAMESPACE', 'CCI_TEMPORAL_UI', 'CCI_TEMPORAL_BIN'],
  ...['CCI_KEYS_FILE', 'CCI_CODEC_PORT', 'CCI_METRICS_PORT'],
  ...['CCI_BROWSER', 'CCI_SPEC_UID', 'CCI_SPEC_GID', 'CCI_RECIPE_SOURCE'],
];

/** Only there with a daemon of our own. */
const OPTIONAL_VARIABLES = ['CCI_REGISTRY', 'CCI_NETNS'];

/**
 * @param {Record<string, string | undefined>} facts
 * @returns {string} in dotenv form
 */
export function formatHostEnv(facts) {
  const found = OPTIONAL_VARIABLES.filter((name) => facts[name] !== undefined);
  const lines = [...HOST_VARIABLES, ...found].map((name) => {
    const value = facts[name];
    if (value === undefined) throw new Error(`setup did not find out ${name}`);
    if (/[\r\n\0]/.test(value)) throw new Error(`${name} holds a line break`);
    return `${name}=${quote(value)}`;
  });
  return `${lines.join('\n')}\n`;
}

/**
 * Plain words stay plain; anything else is quoted in the way every dotenv reader understands.
 * @param {string} value
 */
function quote(value) {
  if (/^[\w./:@%+,={}-]*$/.test(value)) return value;
  const mark = ["'", '"', '`'].find((candidate) => !value.includes(candidate));
  if (!mark) throw new Error(`a value cannot be written to host.env: ${value}`);
  return `${mark}${value}${mark}`;
}
