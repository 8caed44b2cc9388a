import { Context } from '@temporalio/activity';

/** The worker's throttle of 500 ms decides how many of these are sent; more often is only work. */
const INTERVAL_MS = 400;

export interface HeartbeatDetails {
  /** What the activity waits for, as "app: starting, 0/1"; empty before it has said so. */
  readonly waitingFor: string;
  /** ISO time since which it waits for that. */
  readonly since: string;
}

export interface Heartbeat {
  /** Says what is being waited for now. */
  readonly progress: (waitingFor: string) => void;
  readonly stop: () => void;
}

/**
 * Heartbeats from a timer, whatever the activity is busy with: they show that the worker lives, carry what is waited
 * for, and are the only way by which a cancellation arrives.
 */
export function startHeartbeat(
  send: (details: HeartbeatDetails) => void = sendFrom(Context.current()),
): Heartbeat {
  let details: HeartbeatDetails = { waitingFor: '', since: new Date().toISOString() };
  const timer = setInterval(() => send(details), INTERVAL_MS);
  send(details);
  return {
    progress: (waitingFor) => {
      if (waitingFor !== details.waitingFor) details = { waitingFor, since: new Date().toISOString() };
    },
    stop: () => clearInterval(timer),
  };
}

function sendFrom(context: Context): (details: HeartbeatDetails) => void {
  return (details) => context.heartbeat(details);
}
