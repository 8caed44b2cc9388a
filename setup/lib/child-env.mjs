// What a child process may see of our environment: enough to find programs, to reach package
// registries the way this machine is configured, and nothing else.
const NAMES = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'TMPDIR', 'TZ', 'CI', 'NO_COLOR'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'],
  ...['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
  ...['GOPROXY', 'GOFLAGS', 'GOSUMDB', 'GONOSUMDB', 'GONOSUMCHECK', 'GOPRIVATE', 'GOPATH', 'GOENV'],
  ...['GOCACHE', 'GOMODCACHE', 'GOTOOLCHAIN', 'GOAUTH', 'GOTMPDIR', 'NETRC', 'XDG_CACHE_HOME'],
  ...['NODE_EXTRA_CA_CERTS', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'APT_CONFIG'],
  ...['DEBIAN_FRONTEND', 'MAVEN_OPTS', 'MAVEN_ARGS'],
]);
const PREFIXES = ['LC_', 'npm_config_', 'NPM_CONFIG_', 'PIP_', 'SSL_CERT_', 'UV_'];

/**
 * @param {Record<string, string | undefined>} [source]
 * @param {Record<string, string>} [extra]
 * @returns {Record<string, string>}
 */
export function childEnv(source = process.env, extra = {}) {
  /** @type {Record<string, string>} */
  const env = {};
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined) continue;
    if (NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix))) env[name] = value;
  }
  // Administration tools live in sbin, which the PATH of a plain `sudo` or cron may lack.
  env.PATH = [...new Set([...(env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin'])]
    .filter(Boolean)
    .join(':');
  return { ...env, ...extra };
}
