/** The team of Harbor, a company that makes booking and timetables for ferry lines. It is made up. */

import type { Role, Theme } from "../../actors/mod.ts";
import type { Random } from "./random.ts";

/** Somebody of the team. */
export interface Colleague {
  name: string;
  email: string;
  role: Role;
  timeZone: string;
  /** How dates and numbers look for them: a BCP 47 tag. */
  language: string;
  theme: Theme;
  /** What they write in, beside English: the tags of languages in `text/`. */
  writes: readonly string[];
}

type Row = readonly [
  name: string,
  local: string,
  role: Role,
  timeZone: string,
  language: string,
  writes: string,
];

const DOMAIN = "harbor.example";
/** Everybody of the team can be told from everybody else up to here. */
export const PEOPLE_MAX = 150;
/** One of each role. */
export const PEOPLE_MIN = 3;

const TEAM: readonly Row[] = [
  ["Amara Okafor", "amara", "administrator", "Europe/London", "en-GB", "en"],
  ["Jonas Weber", "jonas", "member", "Europe/Berlin", "de-DE", "de"],
  ["Camille Lefèvre", "camille", "member", "Europe/Paris", "fr-FR", "fr"],
  ["ليلى حداد", "layla", "member", "Asia/Beirut", "ar-EG", "ar"],
  ["田中 健太", "kenta", "member", "Asia/Tokyo", "ja", "ja"],
  ["Mateo Fernández Ruiz", "mateo", "member", "America/Mexico_City", "es-MX", "es"],
  ["Νεφέλη Παπαδοπούλου", "nefeli", "member", "Europe/Athens", "el", "el"],
  ["Noa Ben-David", "noa", "member", "Asia/Jerusalem", "he", "he"],
  ["Priya Sharma", "priya", "member", "Asia/Kolkata", "hi", "hi"],
  ["陈美玲", "meiling", "member", "Asia/Shanghai", "zh-CN", "zh"],
  ["Дмитрий Соколов", "dmitri", "member", "Asia/Almaty", "ru", "ru"],
];

/** The one who only sees what is shared with her; her name is longer than most lists expect. */
const GUEST: Row = [
  "Maximiliane Freifrau von Hohenstein-Oberndorff",
  "maximiliane",
  "guest",
  "Europe/Zurich",
  "de-CH",
  "de",
];

/** Beyond the dozen: given and family names that go together, and where they live. */
const MORE: readonly (readonly [given: string, family: string, zone: string, language: string])[] =
  [
    ["Ingrid Lars Astrid Nils Solveig", "Dahl Berg Haugen Lund", "Europe/Oslo", "nb"],
    ["Giulia Marco Chiara Luca Elena", "Conti Moretti Galli Riva", "Europe/Rome", "it-IT"],
    ["Wanjiru Otieno Achieng Kamau Njeri", "Mwangi Odhiambo Kariuki", "Africa/Nairobi", "sw"],
    ["Zofia Jakub Hanna Piotr Magda", "Nowak Zielińska Wójcik Mazur", "Europe/Warsaw", "pl"],
    ["Beatriz Tiago Inês Rui Marta", "Carvalho Teixeira Moura Pinto", "Europe/Lisbon", "pt-PT"],
    ["Ayşe Emre Zeynep Kerem Elif", "Yılmaz Demir Kaya Şahin", "Europe/Istanbul", "tr"],
    ["Jiwoo Minho Seoyeon Haneul", "Kim Park Choi Yoon", "Asia/Seoul", "ko"],
    ["Aroha Mere Tane Wiremu", "Parata Walker Ngata", "Pacific/Auckland", "en-NZ"],
    ["Siobhán Declan Aoife Cormac", "Byrne Nolan Doyle", "Europe/Dublin", "en-IE"],
    ["Linh Quang Thảo Minh", "Nguyen Tran Pham Vo", "Asia/Ho_Chi_Minh", "vi"],
  ];

const THEMES: readonly Theme[] = ["system", "system", "light", "dark"];

/** So many people: an administrator first, a guest last, members between them. */
export function gather(count: number, random: Random): Colleague[] {
  const rows = [...TEAM, ...extras(random)].slice(0, count - 1);
  return [...rows, GUEST].map(([name, local, role, timeZone, language, writes]) => ({
    name,
    email: `${local}@${DOMAIN}`,
    role,
    timeZone,
    language,
    theme: random.pick(THEMES),
    writes: ["en", writes],
  }));
}

function extras(random: Random): Row[] {
  const rows = MORE.flatMap(([givens, families, zone, language]) =>
    givens.split(" ").flatMap((given) =>
      families.split(" ").map((family): Row => {
        const local = ascii(`${given}.${family}`);
        return [`${given} ${family}`, local, "member", zone, language, "en"];
      }),
    ),
  );
  return random.shuffle(rows);
}

/** A name as addresses like it. */
function ascii(name: string): string {
  return name
    .toLowerCase()
    .normalize("NFD")
    .replaceAll("ı", "i")
    .replaceAll("ł", "l")
    .replace(/[^a-z.]/g, "");
}
