import { z } from 'zod';
import { isErrorCode, type ErrorCode } from '../../domain/errors.ts';
import { ingressSchema } from '../../domain/http.ts';
import { realmNameSchema, ssoFactsSchema } from '../../domain/sso.ts';
import { providerAccessSchema, realmWishSchema } from './provider.ts';

/** What `child.ts` reads from its standard input, as JSON. */
export const providerRequestSchema = z.strictObject({
  access: providerAccessSchema,
  /** `ca`: PEM of the CA that signed the ingress's certificate; the system's roots when absent. */
  ingress: ingressSchema.extend({ ca: z.string().optional() }),
  action: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('health') }),
    z.strictObject({ verb: z.literal('ensure'), wish: realmWishSchema }),
    z.strictObject({ verb: z.literal('remove'), realm: realmNameSchema }),
    z.strictObject({ verb: z.literal('list') }),
  ]),
});
export type ProviderRequest = z.infer<typeof providerRequestSchema>;

/** Answers by verb. None holds a secret: output of commands is written to files. */
export const healthAnswerSchema = z.strictObject({ fault: z.string().optional() });
export const ensureAnswerSchema = ssoFactsSchema
  .pick({ issuer: true, clientId: true })
  .extend({ username: ssoFactsSchema.shape.user.shape.username });
export const removeAnswerSchema = z.strictObject({});
export const listAnswerSchema = z.strictObject({ realms: z.array(realmNameSchema) });

/** What `child.ts` writes when an action has failed in a way that it understands. */
export const failureAnswerSchema = z.strictObject({
  failure: z.strictObject({
    code: z.custom<ErrorCode>(isErrorCode, 'must be a code of the table'),
    /** Without the text of the code, and without secrets. */
    detail: z.string(),
  }),
});
