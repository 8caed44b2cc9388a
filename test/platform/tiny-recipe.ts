export interface TinyChange {
  readonly image?: string;
  /** A YAML list. */
  readonly command?: string;
  /** YAML of further services. */
  readonly services?: string;
  /** Further lines of the env sample. */
  readonly sample?: string;
  /** YAML of further keys of the service `app`. */
  readonly app?: string;
}

const COMMAND = `["sh", "-c", "echo started; exec nginx -g 'daemon off;'"]`;

/** Files of a small recipe: one service with a volume, a config and two secrets, up within a second. */
export function tinyRecipe(change: TinyChange = {}) {
  const { image = 'nginx:1.28.0', command = COMMAND, services = '', sample = '', app = '' } = change;
  return {
    'compose.yml': `version: "3.8"
services:
  app:
    image: ${image}
    command: ${command}
${app}    networks: [internal]
    volumes: ["content:/usr/share/nginx/html"]
    configs:
      - {source: page, target: /page.html}
    secrets: [admin_password, api_key]
    deploy:
      restart_policy: {condition: any, delay: 1s}
      labels:
        - "coop-cloud.\${STACK_NAME}.version=1.0.0+1.28.0"
${services}networks:
  internal:
volumes:
  content:
configs:
  page: {name: "\${STACK_NAME}_page_\${PAGE_VERSION}", file: page.html}
secrets:
  admin_password: {external: true, name: "\${STACK_NAME}_admin_password_\${SECRET_ADMIN_PASSWORD_VERSION}"}
  api_key: {external: true, name: "\${STACK_NAME}_api_key_\${SECRET_API_KEY_VERSION}"}
`,
    '.env.sample': `TYPE=tiny
DOMAIN=tiny.example.com
SECRET_ADMIN_PASSWORD_VERSION=v1
SECRET_API_KEY_VERSION=v1 # length=64 charset=hex
${sample}`,
    'abra.sh': 'export PAGE_VERSION=v1\n',
    'page.html': 'hello\n',
  };
}
