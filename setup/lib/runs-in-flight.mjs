const ANSWER_MS = 3_000;
const MOST = 20;
// A run that holds its environment is open, too.
const OPEN_RUNS = "WorkflowType = 'recipeRun' AND ExecutionStatus = 'Running'";

/**
 * Ids of the runs that are under way, asked of Temporal's HTTP API; none when no server answers.
 * @param {number} port
 * @param {string} [namespace]
 * @returns {Promise<string[]>} at most 20
 */
export async function runsInFlight(port, namespace = 'default') {
  const query = new URLSearchParams({ query: OPEN_RUNS, pageSize: String(MOST) });
  const url = `http://127.0.0.1:${port}/api/v1/namespaces/${namespace}/workflows?${query}`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    /** @type {{ executions?: { execution: { workflowId: string } }[] }} */
    const { executions = [] } = answer.ok ? await answer.json() : {};
    return executions.map(({ execution }) => execution.workflowId).sort();
  } catch {
    // A server that is away, or on its way down, keeps nobody from stopping the rest.
    return [];
  }
}

/**
 * One line for a person; undefined when nothing is under way.
 * @param {readonly string[]} runs
 * @param {string} fate what becomes of them
 */
export function describeInFlight(runs, fate) {
  if (runs.length === 0) return undefined;
  return `  … ${runs.length === 1 ? 'a run is' : `${runs.length} runs are`} in flight and ${fate}: ${runs.join(', ')}`;
}
