import { type FeeSchedule } from "../domain/Market.ts"
import { nextInt, pick, type Rng } from "../core/rng.ts"

export interface Category {
  readonly label: string
  readonly slug: string
  readonly tagId: string
  /** null: fee-free. */
  readonly feeType: string | null
  readonly fee: FeeSchedule
  readonly subjects: readonly [string, ...ReadonlyArray<string>]
  readonly verbs: readonly [string, ...ReadonlyArray<string>]
  /** Titles of groups of exclusive outcomes, and what their outcomes are called. */
  readonly group: string
  readonly legs: readonly [string, ...ReadonlyArray<string>]
}

const fee = (rate: number, rebateRate: number): FeeSchedule => ({ rate, exponent: 1, takerOnly: true, rebateRate })

const people = [
  "Ana Brandt",
  "Tomas Quill",
  "Mira Okafor",
  "Jun Haneda",
  "Petra Voss",
  "Ilya Marsh",
  "Noor Saleh",
  "Cleo Whitfield",
  "Rafael Duarte",
  "Sanna Lind",
  "Deng Wei",
  "Omar Khoury",
  "Greta Olsen",
  "Lucia Ferri"
] as const
const teams = [
  "Harbor United",
  "North Rovers",
  "Vale City",
  "Redstone FC",
  "Lakeside Kings",
  "Iron Valley",
  "Granite Bears",
  "Coral Bay",
  "Summit Wolves",
  "Old Mill Athletic",
  "Delta Hawks",
  "Bright Sands"
] as const
const ranges = [
  "<50k",
  "50k-75k",
  "75k-100k",
  "100k-125k",
  "125k-150k",
  "150k-175k",
  "175k-200k",
  "200k-250k",
  "250k-300k",
  "300k-400k",
  "400k-500k",
  ">500k"
] as const

/** Categories with the fee schedules of autumn 2026. */
export const categories: readonly [Category, ...ReadonlyArray<Category>] = [
  {
    label: "Politics",
    slug: "politics",
    tagId: "2",
    feeType: "politics_fees",
    fee: fee(0.04, 0.25),
    subjects: people,
    verbs: ["win the runoff", "resign", "be confirmed", "call a snap election", "lose the primary"],
    group: "Who wins the governor election in district",
    legs: people
  },
  {
    label: "Sports",
    slug: "sports",
    tagId: "1",
    feeType: "sports_fees_v3",
    fee: fee(0.05, 0.15),
    subjects: teams,
    verbs: ["win the cup", "reach the final", "be relegated", "win the next match", "sign a new coach"],
    group: "League winner, division",
    legs: teams
  },
  {
    label: "Crypto",
    slug: "crypto",
    tagId: "21",
    feeType: "crypto_fees_v2",
    fee: fee(0.07, 0.2),
    subjects: ["Bitcoin", "Ethereum", "Solana", "Dogecoin", "XRP"],
    verbs: ["reach a new high", "fall below the 200-day average", "close the week higher", "outperform gold"],
    group: "What price will the index hit, series",
    legs: ranges
  },
  {
    label: "Economy",
    slug: "economy",
    tagId: "100328",
    feeType: "economics_fees",
    fee: fee(0.05, 0.25),
    subjects: ["The central bank", "Inflation", "Unemployment", "GDP growth"],
    verbs: ["surprise upwards", "fall for a third month", "beat the forecast", "be revised down"],
    group: "How many jobs were added, month",
    legs: ranges
  },
  {
    label: "Weather",
    slug: "weather",
    tagId: "84",
    feeType: "weather_fees",
    fee: fee(0.05, 0.25),
    subjects: ["A hurricane", "A heat record", "First snow", "El Niño"],
    verbs: ["arrive before the deadline", "be declared", "be the earliest on record"],
    group: "Highest temperature in the capital, day",
    legs: [
      "17°C or below",
      "18°C",
      "19°C",
      "20°C",
      "21°C",
      "22°C",
      "23°C",
      "24°C",
      "25°C",
      "26°C",
      "27°C",
      "28°C or higher"
    ]
  },
  {
    label: "Culture",
    slug: "pop-culture",
    tagId: "596",
    feeType: "culture_fees",
    fee: fee(0.05, 0.25),
    subjects: people,
    verbs: ["release an album", "win best picture", "top the chart", "host the gala"],
    group: "Song of the year, jury",
    legs: people
  },
  {
    label: "Tech",
    slug: "tech",
    tagId: "1401",
    feeType: "tech_fees",
    fee: fee(0.04, 0.25),
    subjects: ["Northwind", "Acme AI", "Globex", "Initech"],
    verbs: ["ship before the deadline", "be the largest company", "announce a merger", "pass the audit"],
    group: "Which company has the best model, round",
    legs: [
      "Northwind",
      "Acme AI",
      "Globex",
      "Initech",
      "Umbra",
      "Contoso",
      "Fabrikam",
      "Tailspin",
      "Wingtip",
      "Proseware",
      "Lucerne",
      "Adatum"
    ]
  },
  {
    label: "Finance",
    slug: "finance",
    tagId: "120",
    feeType: "finance_fees",
    fee: fee(0.04, 0.25),
    subjects: ["The index", "Gold", "Crude oil", "The ten-year yield"],
    verbs: ["close above the strike", "close green", "hit a record", "fall five percent"],
    group: "Where does the index close, week",
    legs: ranges
  },
  {
    label: "Geopolitics",
    slug: "geopolitics",
    tagId: "100265",
    feeType: null,
    fee: fee(0, 0),
    subjects: ["The treaty", "A ceasefire", "The summit", "The embargo"],
    verbs: ["be signed", "be extended", "be called off", "hold through the month"],
    group: "Where does the summit take place, edition",
    legs: [
      "Geneva",
      "Oslo",
      "Vienna",
      "Nairobi",
      "Doha",
      "Singapore",
      "Lima",
      "Ottawa",
      "Kyoto",
      "Reykjavik",
      "Tunis",
      "Quito"
    ]
  }
]

export const cryptoCategory: Category = categories[2] ?? categories[0]

/** Texts that break careless programs: they are data, and a client has to show and store them unharmed. */
const oddQuestions: readonly [string, ...ReadonlyArray<string>] = [
  "東京の最高気温は35°Cを超えますか?",
  "Will the rocket 🚀 launch before the 🦬 migration ends? 👩‍👩‍👧‍👦",
  'Will the minister say "no comment" or \'maybe\' — or even "\\n"?',
  "Will Robert'); DROP TABLE markets;-- attend?",
  "Will <b>bold</b> & <script>alert(1)</script> be in the title?",
  "Will $(reboot) `date` | tee ${HOME} happen?",
  "Will the terminal stay calm? \u001b[31mred\u001b[0m \u0007",
  "هل سيفوز الفريق؟ (right-to-left)",
  `Will ${"the committee on the procedure of the committee ".repeat(12)}meet?`,
  "비트코인이 이번 주에 오를까요? 会涨吗?"
]

export const oddQuestion = (n: number): string => oddQuestions[n % oddQuestions.length] ?? oddQuestions[0]

/** A question for a market of its own; `serial` keeps it unique. */
export const singleQuestion = (rng: Rng, category: Category, serial: number): string =>
  `Will ${pick(rng, category.subjects)} ${pick(rng, category.verbs)} by round ${serial}?`

export const groupTitle = (category: Category, serial: number): string => `${category.group} ${serial}?`

/** `count` different outcome names, the last "Other" when the group is augmented. */
export const legNames = (rng: Rng, category: Category, count: number, augmented: boolean): ReadonlyArray<string> => {
  const first = category.legs.length === count ? 0 : nextInt(rng, category.legs.length)
  const names = Array.from({ length: count }, (_, i) => category.legs[(first + i) % category.legs.length] ?? "Other")
  return augmented ? [...names.slice(0, -1), "Other"] : names
}

/** Lower-case ASCII words joined by dashes; `fallback` when nothing is left. */
export const slugify = (text: string, fallback: string): string => {
  const slug = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 90)
  return slug.length < 8 ? `${slug === "" ? "market" : slug}-${fallback}` : slug
}
