/** Languages with a stemmer and a list of words too common to search for. The names are Snowball's. */
export type Language = 'english' | 'german' | 'french' | 'spanish' | 'italian' | 'portuguese' | 'dutch';

const lists: Record<Language, string> = {
  english: `a about above after again against all also am an and any are aren as at be because been before being below
    between both but by can cannot could couldn d did didn do does doesn doing don down during each few for from further
    had hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn it its itself
    just ll m me more most mustn my myself no nor not now of off on once only or other our ours ourselves out over own
    re s same shan she should shouldn so some such t than that the their theirs them themselves then there these they
    this those through to too under until up ve very was wasn we were weren what when where which while who whom why
    will with won would wouldn you your yours yourself yourselves`,
  german: `aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da damit
    dann das dass dein deine dem den denn der des dessen deshalb die dies diese diesem diesen dieser dieses doch dort du
    durch ein eine einem einen einer eines er es etwas euch euer für gegen habe haben hat hatte hatten hier hinter ich
    ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem jeden jeder jedes jetzt kann kein keine
    keinem keinen keiner können könnte man mein meine meinem meinen meiner mich mir mit muss müssen nach nicht nichts
    noch nun nur ob oder ohne sehr sein seine seinem seinen seiner sich sie sind so soll sollte sondern sonst über um
    und uns unser unsere unter vom von vor wann war waren warum was weil welche welchem welchen welcher welches wenn wer
    werde werden wie wieder will wir wird wo wurde wurden würde würden zu zum zur zwar zwischen`,
  french: `à ai après au aucun aussi autre autres aux avec avoir avant avons c car ce cela ces cet cette ceux chez ci
    comme comment d dans de des donc dont du elle elles en encore entre es est et étaient était étant été être eu fait
    faire fut ici il ils j je l la le les leur leurs lui m ma mais me même mes moi mon n ne ni nos notre nous on ont ou
    où par parce pas pendant peu peut plus pour pourquoi pouvez puis qu quand que quel quelle quelles quels qui quoi s
    sa sans se sera ses si son sont sous sur ta te tes toi ton tous tout toute toutes très tu un une vos votre vous y`,
  spanish: `a al algo algunos ante antes aquí así aunque bajo bien cada casi como cómo con contra cual cuál cuales
    cuando cuándo cuánto cuántos de del desde donde dónde dos durante e el él ella ellas ellos en entre era eran es esa
    esas ese eso esos esta está estaba están estas este esto estos fue fueron ha había han hasta hay la las le les lo
    los más me mi mis mientras mucho muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero
    poco por porque puede pues que qué quien quién quienes se sea según ser si sí sido sin sobre son su sus también
    tan tanto te tiene tienen todo todos tu tus un una uno unos usted y ya yo`,
  italian: `a ad agli ai al alla alle allo anche ancora avere aveva c che chi ci come con contro cosa così cui da dagli
    dai dal dalla dalle dallo degli dei del della delle dello dentro di dopo dove e è ed era erano essere fa fino fra
    già gli ha hanno ho i il in io l la le lei li lo loro lui ma me mi mia mio molto ne negli nei nel nella nelle nello
    noi non nostra nostro o ogni per perché più poi può qual quale quali quando quanti quanto quella quelle quelli
    quello questa queste questi questo se sei senza si sia siamo sono sta stata stati stato su sua sue sugli sui sul
    sulla sulle suo suoi tra tu tutti tutto un una uno vi voi`,
  portuguese: `a à ainda ao aos após aquela aquele aqueles aquilo as às até com como contra da das de dela dele deles
    depois desde do dos e é ela elas ele eles em entre era eram essa essas esse esses esta está estão estas este estes
    eu foi foram há isso isto já la lhe lhes mais mas me mesmo meu minha muito muitos na não nas nem no nos nós nossa
    nosso num numa o onde os ou para pela pelas pelo pelos pode podem por porque qual quais quando quanto que quem são
    se sem ser seu seus só sob sobre sua suas também tem têm ter teve tinha todo todos tu tua um uma umas uns você vocês`,
  dutch: `aan af al alle alles als altijd andere ben bij daar dan dat de der deze die dit doch doen door dus een eens
    en er ge geen geweest haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je jouw kan kon
    kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons onze ook op over reeds te
    tegen toch toen tot u uit uw van veel voor waar waarom wanneer want waren was wat we wel welke werd wezen wie wij
    wil worden wordt zal ze zei zelf zich zij zijn zo zonder zou`,
};

export const languages = Object.keys(lists) as Language[];

/** Which languages a word is common in. */
const commonIn = new Map<string, Language[]>();
for (const language of languages) {
  for (const word of lists[language].split(/\s+/)) commonIn.set(word, [...(commonIn.get(word) ?? []), language]);
}

export function isStopWord(language: Language, word: string): boolean {
  return commonIn.get(word)?.includes(language) ?? false;
}

const sampled = 400;
/** One common word proves nothing ("die", "son", "a"), nor do a few in a long list of names. */
const minimumCount = 2;
const minimumShare = 0.08;

export interface Detected {
  /** English where nothing else fits better. */
  readonly language: Language;
  /** False when the words fit no language, or two equally well. */
  readonly certain: boolean;
}

/** The language whose common words are the most frequent among the first words. */
export function detectLanguage(words: readonly string[]): Detected {
  const sample = words.slice(0, sampled);
  const counts = new Map<Language, number>();
  for (const word of sample) {
    for (const language of commonIn.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const [best, second] = [...counts].sort(([, one], [, other]) => other - one);
  if (!best) return { language: 'english', certain: false };
  const [language, count] = best;
  const enough = count >= minimumCount && count >= sample.length * minimumShare;
  return enough ? { language, certain: count > (second?.[1] ?? 0) } : { language: 'english', certain: false };
}
