import { after, before } from 'node:test';
import { type OpenIdProvider, startOpenIdProvider } from '../../../support/oidc/provider.js';
import { openStage, type Stage } from './stage.js';

/** One application and one pair of providers for all of this folder: each start costs seconds. */
export let stage: Stage;
/** Another real provider, which knows us too and is not the one that we ask. */
export let evil: OpenIdProvider;

before(async () => {
  stage = await openStage({ tenants: 16 });
  evil = await startOpenIdProvider();
  evil.register([`${stage.server.origin}/sign-in/google/callback`]);
  for (const [name, { people }] of Object.entries({ google: stage.google, evil })) {
    for (const who of ['mallory', 'victim']) people.set(who, { email: `${who}@${name}.test`, email_verified: true });
  }
});
after(async () => {
  await evil?.close();
  await stage?.close();
});
