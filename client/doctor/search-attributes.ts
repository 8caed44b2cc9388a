import proto from '@temporalio/proto';
import { SEARCH_KEYS } from '../search-attributes.ts';
import { fail, ok, type Check, type Finding } from './check.ts';
import { START_TEMPORAL, TEMPORAL_LIMIT_MS, withTemporal } from './temporal.ts';

const ValueType = proto.temporal.api.enums.v1.IndexedValueType;
/** Names of the server's command line, by the type of a key. */
const CLI_TYPES: Readonly<Record<string, string>> = { KEYWORD: 'Keyword', INT: 'Int' };

export const searchAttributes: Check = {
  name: 'search-attributes',
  limitMs: TEMPORAL_LIMIT_MS,
  remedy: START_TEMPORAL,
  look: (context) =>
    withTemporal(context, async (connection, namespace) => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      return judgeSearchAttributes(customAttributes, namespace);
    }),
};

/** @param registered types by name */
export function judgeSearchAttributes(
  registered: Readonly<Record<string, proto.temporal.api.enums.v1.IndexedValueType>>,
  namespace: string,
): Finding {
  const keys = Object.values(SEARCH_KEYS);
  const typeOf = (name: string) => (registered[name] === undefined ? undefined : ValueType[registered[name]]);
  const missing = keys.filter(({ name }) => typeOf(name) === undefined);
  const wrong = keys.filter(({ name, type }) => {
    const seen = typeOf(name);
    return seen !== undefined && seen !== `INDEXED_VALUE_TYPE_${type}`;
  });
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(', ');
    return fail(
      `of the wrong type: ${names}`,
      `Run \`temporal operator search-attribute remove\` for each of them and create it again, or use a namespace of its own`,
    );
  }
  if (missing.length === 0) return ok(`${keys.length} registered`);
  const flags = missing.map(({ name, type }) => `--name ${name} --type ${CLI_TYPES[type] ?? type}`);
  return fail(
    `not registered: ${missing.map(({ name }) => name).join(', ')}`,
    `Run \`temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}\``,
  );
}
