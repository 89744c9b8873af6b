import { bytes } from '../../../http/wording.js';
import { allTools, effects } from '../../../llm/tool.js';
import { categories } from '../../../tenancy/events.js';
import { minutes as accessMinutes } from '../../break-glass/grant.js';
import { budget } from '../../conversations/gateway/budget.js';
import { defaultPolicy, mostDays } from '../../decisions/policy/policy.js';
import { riskWords, ruleWords } from '../../decisions/wording.js';
import { hoursKept as exportHours } from '../../exports/export.js';
import { mostPasted } from '../../knowledge/document.js';
import { defaultLimits } from '../../knowledge/extraction/limits.js';
import { mediaTypes } from '../../knowledge/extraction/media-types.js';
import { daysKept as leftDays } from '../../members/leaving/leaving.js';
import { mostHands } from '../../tasks/work/work.js';

const numbers = new Intl.NumberFormat('en');

/** What happens at an event of a category. One that is added and has no words here does not compile. */
const about: Readonly<Record<(typeof categories)[number], string>> = {
  'sign-in': 'Sign-ins, refused ones too, and what was changed about an account’s ways in',
  member: 'Invitations, roles, groups, people who join, leave or are removed',
  agent: 'Agents that are made, changed, tried, archived',
  conversation: 'Conversations that are begun, shared, deleted; questions and answers, without their words',
  tool: 'Every call of a tool by an agent, with a digest of its arguments',
  decision: 'What was asked of a person, and what they said',
  knowledge: 'Documents that are added, read, changed, deleted, and who may find them',
  page: 'Pages and spaces',
  calendar: 'Events, invitations and answers',
  task: 'Tasks, labels and comments',
  settings: 'Settings of the workspace and its policies',
  workspace: 'The workspace itself: made, on trial, suspended, exported, deleted',
  audit: 'Who looked at the activity and who took it away',
  security: 'Refused permissions, looks into what is private, checks of security',
};

/** Agents, documents and what is written down about them. */
export const workFacts = () => {
  const limits = defaultLimits();
  return {
    categories: categories.map((name) => ({ name, about: about[name] })),
    effects: effects.map((name) => ({ name, risk: riskWords[name], rule: ruleWords[defaultPolicy.effects[name]] })),
    tools: allTools().map(({ name, label, effect, permission }) => ({
      ...{ name, label, permission, risk: riskWords[effect] },
      rule: ruleWords[defaultPolicy.effects[effect]],
    })),
    policy: { afterReading: ruleWords[defaultPolicy.afterReading], days: defaultPolicy.days, mostDays },
    mostHands,
    people: { leftDays, accessMinutes, exportHours },
    budget: { toolCalls: budget.toolCalls, tokens: numbers.format(budget.tokens) },
    uploads: {
      largest: bytes(limits.bytes),
      pages: numbers.format(limits.pages),
      characters: numbers.format(limits.characters),
      seconds: limits.mostSeconds,
      pasted: numbers.format(mostPasted),
      formats: Object.values(mediaTypes).map(({ label, extensions }) => ({
        label,
        extensions: extensions.map((extension) => `.${extension}`),
      })),
    },
  };
};
