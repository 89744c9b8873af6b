import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JWTPayload } from 'jose';
import { Refused } from '../../../../src/features/accounts/outside/identity.js';
import {
  asking,
  type Demanded,
  judgeStrength,
  type StrengthClaims,
} from '../../../../src/features/accounts/outside/strength.js';
import { newPerson } from '../people.js';
import { stage } from './opened.js';
import { answerFor, assertRefused, comeByGoogle, depart, maxAgeMinutes, signUpByGoogle } from './stage.js';

const nothing: Demanded = { methods: [], classes: [] };
const now = Date.parse('2026-11-22T12:00:00Z');
const ago = (seconds: number) => now / 1000 - seconds;

function verdict(said: StrengthClaims, demanded: Partial<Demanded>): string {
  try {
    judgeStrength(said, { ...nothing, ...demanded }, now);
    return 'taken';
  } catch (error) {
    return error instanceof Refused ? error.reason : String(error);
  }
}

describe('how somebody signed in at the provider (V6.8.4)', () => {
  test('counts where it is demanded, and what the provider does not say is not so (V6.8.4)', () => {
    assert.equal(verdict({}, {}), 'taken', 'without a demand it is one factor of the least strength');
    assert.equal(verdict({ auth_time: ago(30) }, { maxAgeSeconds: 60 }), 'taken');
    assert.equal(verdict({ auth_time: ago(180) }, { maxAgeSeconds: 60 }), 'stale');
    assert.equal(verdict({}, { maxAgeSeconds: 60 }), 'stale');
    assert.equal(verdict({ auth_time: ago(-600) }, {}), 'identity', 'nobody has signed in tomorrow');
    assert.equal(verdict({ amr: ['pwd', 'mfa'] }, { methods: ['mfa', 'hwk'] }), 'taken');
    assert.equal(verdict({ amr: ['pwd'] }, { methods: ['mfa', 'hwk'] }), 'weak');
    assert.equal(verdict({}, { methods: ['mfa'] }), 'weak');
    assert.equal(verdict({ acr: 'gold' }, { classes: ['gold'] }), 'taken');
    assert.equal(verdict({ acr: 'bronze' }, { classes: ['gold'] }), 'weak');
    assert.equal(verdict({ amr: ['mfa'] }, { classes: ['gold'] }), 'weak');
    assert.deepEqual(asking(nothing), {});
    assert.deepEqual(asking({ maxAgeSeconds: 60, methods: ['mfa'], classes: ['a', 'b'] }), {
      ...{ max_age: '60', acr_values: 'a b' },
      claims: '{"id_token":{"auth_time":{"essential":true},"amr":{"essential":true}}}',
    });
  });

  test('is asked of the provider, and one that is too old, of no known time, or no time opens nothing (V6.8.4)', async () => {
    await signUpByGoogle(stage, 'recent', 'recent@google.test');
    const { address } = await depart(stage);
    assert.equal(new URL(address).searchParams.get('max_age'), String(maxAgeMinutes * 60));
    const seconds = Math.floor(Date.now() / 1000);
    const lies: [JWTPayload, string][] = [
      [{ auth_time: seconds - maxAgeMinutes * 60 - 120 }, 'stale'],
      [{ auth_time: undefined }, 'stale'],
      [{ auth_time: 'yesterday' }, 'identity'],
      [{ auth_time: seconds + 3600 }, 'identity'],
      [{ amr: 'mfa' }, 'identity'],
    ];
    for (const [lie, reason] of lies) {
      stage.google.changes.set('/token', async (body) => ({
        ...Object(body),
        id_token: await stage.google.signAgain(Object(body).id_token, lie),
      }));
      const { person, address } = await depart(stage);
      await assertRefused(stage, person, await person.get(await answerFor(stage, 'recent', address)), reason);
    }
    stage.google.changes.clear();
    assert.equal((await comeByGoogle(stage, newPerson(stage.server), 'recent')).location, '/w/recent-co');
  });
});
