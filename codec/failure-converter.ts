import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Moves messages and stacks of failures into a payload, which the codec encrypts; by default they are plain text. Part
 * of the workflow bundle, so this module must stay free of Node's modules.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
