/** Languages in which a methodology is shown. */
export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The words around a methodology's own titles. */
export interface Words {
  readonly segments: string;
  readonly noSegment: string;
  readonly attributes: string;
  readonly waitHours: (hours: number) => string;
  readonly grades: string;
  readonly grade: string;
  readonly from: string;
  readonly reviewMonths: string;
  readonly measures: string;
  readonly elements: string;
  readonly items: string;
  readonly notAdopted: string;
  readonly highest: string;
  readonly lowest: string;
  readonly unless: string;
  readonly caps: string;
  readonly atLeastGrade: (grade: string) => string;
  readonly marks: string;
  readonly unconfirmed: string;
  readonly features: string;
  readonly definitions: string;
  readonly lists: string;
  readonly otherwise: string;
  readonly review: string;
  readonly firstReview: (months: number) => string;
  readonly initial: (workingDays: number) => string;
  readonly governance: string;
  readonly personas: string;
  readonly total: string;
  readonly framework: string;
  readonly levels: string;
  readonly timeZone: string;
  readonly missing: (score: number) => string;
  readonly task: string;
  readonly needs: string;
  readonly why: string;
  readonly highestOf: string;
  readonly scoreIf: (score: number, condition: string) => string;
  readonly scoreElse: (score: number) => string;
  readonly bandUnder: (bound: string, score: number) => string;
  readonly bandFrom: (bound: string, score: number) => string;
  readonly anyValue: (score: number) => string;
  readonly scoreIs: (value: string) => string;
  readonly colon: string;
  readonly semicolon: string;
  readonly yuan: string;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    segments: 'Segments',
    noSegment: 'none',
    attributes: 'Attributes of its own',
    waitHours: (hours) => `the first rating waits up to ${hours} hours for missing facts`,
    grades: 'Grades',
    grade: 'grade',
    from: 'score from',
    reviewMonths: 'review, months',
    measures: 'measures',
    elements: 'Elements',
    items: 'Sub-items',
    notAdopted: 'not adopted',
    highest: 'Directly to the highest grade',
    lowest: 'Directly to the lowest grade',
    unless: 'unless',
    caps: 'Caps',
    atLeastGrade: (grade) => `grade ${grade} or higher`,
    marks: 'Marks',
    unconfirmed: 'on every rating: nobody has confirmed the weights',
    features: 'Rolling facts',
    definitions: 'Definitions',
    lists: 'Lists',
    otherwise: 'not listed',
    review: 'Review',
    firstReview: (months) => `first review within ${months} months of the first rating`,
    initial: (days) => `first final rating within ${days} working days`,
    governance: 'Governance',
    personas: 'Personas',
    total: 'total',
    framework: 'framework',
    levels: 'scores 1 to',
    timeZone: 'time zone',
    missing: (score) => `missing: at least ${score}`,
    task: 'task',
    needs: 'needs',
    why: 'why',
    highestOf: 'the highest of',
    scoreIf: (score, condition) => `${score} if ${condition}`,
    scoreElse: (score) => `${score} otherwise`,
    bandUnder: (bound, score) => `under ${bound} = ${score}`,
    bandFrom: (bound, score) => `from ${bound} = ${score}`,
    anyValue: (score) => `always ${score}`,
    scoreIs: (value) => `the score is ${value}`,
    colon: ': ',
    semicolon: '; ',
    yuan: ' yuan',
  },
  zh: {
    segments: '客户类型',
    noSegment: '均不适用',
    attributes: '自定义属性',
    waitHours: (hours) => `信息缺失时，初次评级最多等待 ${hours} 小时`,
    grades: '等级',
    grade: '等级',
    from: '得分起点',
    reviewMonths: '审核周期（月）',
    measures: '措施',
    elements: '基本要素',
    items: '风险子项',
    notAdopted: '不采用',
    highest: '直接定级：最高等级',
    lowest: '直接定级：最低等级',
    unless: '但有下列情形之一的除外',
    caps: '等级下限',
    atLeastGrade: (grade) => `不低于等级 ${grade}`,
    marks: '标记',
    unconfirmed: '每次评级均带此标记：权重未经确认',
    features: '滚动指标',
    definitions: '定义',
    lists: '名单',
    otherwise: '未列入者',
    review: '审核',
    firstReview: (months) => `首次审核不迟于初次评级后 ${months} 个月`,
    initial: (days) => `建立业务关系后 ${days} 个工作日内完成初次评级`,
    governance: '治理',
    personas: '示例客户',
    total: '合计',
    framework: '依据',
    levels: '子项评分 1 至',
    timeZone: '时区',
    missing: (score) => `信息缺失：不低于 ${score} 分`,
    task: '任务',
    needs: '所需信息',
    why: '理由',
    highestOf: '取最高分',
    scoreIf: (score, condition) => `${score} 分：${condition}`,
    scoreElse: (score) => `${score} 分：其他情形`,
    bandUnder: (bound, score) => `不足 ${bound} 为 ${score} 分`,
    bandFrom: (bound, score) => `${bound} 起 ${score} 分`,
    anyValue: (score) => `一律 ${score} 分`,
    scoreIs: (value) => `得分为 ${value}`,
    colon: '：',
    semicolon: '；',
    yuan: '元',
  },
};
