/** Signing up, signing in, signing out. */

import { type Context, Hono } from "hono";
import { z } from "zod";
import { type Account, limits, SuiteError } from "../../actors/mod.ts";
import {
  type ClosedReason,
  NoWayInPage,
  SignInPage,
  SignUpPage,
} from "../../views/account/pages.tsx";
import { SignOutPage } from "../../views/account/sign_out.tsx";
import type { Env } from "../http/env.ts";
import {
  check,
  emailSchema,
  type FieldErrors,
  type Form,
  nameSchema,
  newPasswordSchema,
  passwordError,
  readForm,
} from "../http/form.ts";
import { localPath } from "../http/origin.ts";
import { pageOf } from "../http/page.ts";
import { endSession, startSession } from "../http/session.ts";
import type { Services } from "../services.ts";
import { clearAttempts, countAttempt, forgiveAttempt, waitProblem } from "./attempts.ts";
import { entryTokensOf, findWayIn, isSignUpOpen, newAccount, type WayIn } from "./ways_in.ts";

export { mintSetupLink } from "./ways_in.ts";

/** `/signup`, `/signin` and `/signout`. */
export function accountRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/signin", (c) => showSignIn(c, services));
  routes.post("/signin", (c) => signIn(c, services));
  routes.get("/signup", (c) => showSignUp(c, services));
  routes.post("/signup", (c) => signUp(c, services));
  routes.get("/signout", (c) => showSignOut(c, services));
  routes.post("/signout", (c) => signOut(c, services));
  return routes;
}

// ------------------------------------------------------------------------------------ sign-in

const signInSchema = z.object({
  email: z
    .string({ error: "Enter your e-mail address." })
    .trim()
    .min(1, "Enter your e-mail address.")
    .max(limits.emailUnitsMax, "Enter your e-mail address."),
  password: z.string({ error: "Enter your password." }).min(1, "Enter your password."),
});

async function showSignIn(c: Context<Env>, services: Services): Promise<Response> {
  const next = localPath(c.req.query("next"));
  if (c.var.viewer) return c.redirect(next, 303);
  return c.html(
    <SignInPage
      page={pageOf(c, services)}
      email=""
      next={next}
      isSignUpOpen={await isSignUpOpen(services)}
    />,
  );
}

async function signIn(c: Context<Env>, services: Services): Promise<Response> {
  const form = await readForm(c);
  const checked = check(signInSchema, form);
  if (checked.state === "invalid") {
    return await refuseSignIn(c, services, { form, status: 422, errors: checked.errors });
  }
  const { email, password } = checked.value;
  const waitSeconds = await countAttempt(c, services, email);
  if (waitSeconds > 0) {
    return await refuseSignIn(c, services, {
      form,
      status: 429,
      problem: waitProblem(waitSeconds),
    });
  }
  let account: Account | undefined;
  try {
    account = await authenticate(services, email, password);
  } catch (error) {
    await forgiveAttempt(c, services, email);
    throw error;
  }
  if (!account) {
    services.log.warn("sign-in failed", { audit: true, address: c.var.address });
    const title = "The address or the password is not right";
    const text =
      "Check both and try again. Whoever runs the server can set a new password for you.";
    return await refuseSignIn(c, services, { form, status: 401, problem: { title, text } });
  }
  await clearAttempts(c, services, email);
  await startSession(c, services, account);
  services.log.info("signed in", { audit: true, by: account.id, address: c.var.address });
  return c.redirect(localPath(form.next), 303);
}

/** The account, after the same work whether or not it exists. */
async function authenticate(
  services: Services,
  email: string,
  password: string,
): Promise<Account | undefined> {
  const found = await services.accounts.findByEmail(email);
  const isShort = password.length <= limits.passwordUnitsMax;
  const isRight = await services.passwords.verify(
    isShort ? password : password.slice(0, limits.passwordUnitsMax),
    isShort ? found?.passwordHash : undefined,
  );
  return isRight ? found?.account : undefined;
}

async function refuseSignIn(
  c: Context<Env>,
  services: Services,
  refusal: {
    form: Form;
    status: 401 | 422 | 429;
    errors?: FieldErrors;
    problem?: { title: string; text: string };
  },
): Promise<Response> {
  const { form, status, errors, problem } = refusal;
  return c.html(
    <SignInPage
      page={pageOf(c, services)}
      email={form.email ?? ""}
      next={localPath(form.next)}
      errors={errors}
      problem={problem}
      isSignUpOpen={await isSignUpOpen(services)}
    />,
    status,
  );
}

// ------------------------------------------------------------------------------------ sign-up

const signUpSchema = z.object({
  name: nameSchema,
  email: emailSchema,
  password: newPasswordSchema,
});

type OpenWay = Extract<WayIn, { state: "open" }>;

async function showSignUp(c: Context<Env>, services: Services): Promise<Response> {
  if (c.var.viewer) return refuseEntry(c, services, "signed_in");
  const way = await findWayIn(services, entryTokensOf(c));
  if (way.state === "closed") return refuseEntry(c, services, way.reason);
  return showSignUpForm(c, services, { way, form: {} });
}

async function signUp(c: Context<Env>, services: Services): Promise<Response> {
  const form = await readForm(c);
  const way = await findWayIn(services, entryTokensOf(c, form));
  if (way.state === "closed") return refuseEntry(c, services, way.reason);
  const checked = checkSignUp(form);
  if (checked.state === "invalid") {
    return showSignUpForm(c, services, { way, form, errors: checked.errors });
  }
  const waitSeconds = await countAttempt(c, services, undefined);
  if (waitSeconds > 0) {
    return showSignUpForm(c, services, { way, form, problem: waitProblem(waitSeconds) });
  }
  return await createAccount(c, services, { way, form, input: checked.value });
}

function checkSignUp(form: Form) {
  const checked = check(signUpSchema, form);
  if (checked.state === "invalid") return checked;
  const error = passwordError(checked.value.password, checked.value);
  return error === undefined ? checked : { state: "invalid" as const, errors: { password: error } };
}

async function createAccount(
  c: Context<Env>,
  services: Services,
  given: { way: OpenWay; form: Form; input: z.output<typeof signUpSchema> },
): Promise<Response> {
  const { way, form } = given;
  const { password, ...input } = given.input;
  const guess = { timeZone: form.timeZone, acceptLanguage: c.req.header("Accept-Language") };
  const account = newAccount(services, { ...input, role: way.role }, guess);
  try {
    await services.accounts.create(account, await services.passwords.hash(password), way.entry);
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error;
    if (error.code === "expired") return refuseEntry(c, services, "link_is_dead");
    if (error.code !== "conflict") throw error;
    const errors = { email: "This address has an account already. Sign in instead." };
    return showSignUpForm(c, services, { way, form, errors });
  }
  // Whoever was let in by somebody is no stranger who tries; many may join from one office.
  if (way.entry) await forgiveAttempt(c, services, undefined);
  const by = { audit: true, by: account.id, role: account.role, way: way.entry?.type ?? "open" };
  services.log.info("signed up", { ...by, address: c.var.address });
  await startSession(c, services, account);
  return c.redirect("/", 303);
}

function showSignUpForm(
  c: Context<Env>,
  services: Services,
  shown: {
    way: OpenWay;
    form: Form;
    errors?: FieldErrors;
    problem?: { title: string; text: string };
  },
): Response | Promise<Response> {
  const { way, form, errors, problem } = shown;
  return c.html(
    <SignUpPage
      page={pageOf(c, services)}
      role={way.role}
      tokens={entryTokensOf(c, form)}
      name={form.name ?? ""}
      email={form.email ?? ""}
      errors={errors}
      problem={problem}
    />,
    problem ? 429 : errors ? 422 : 200,
  );
}

function refuseEntry(
  c: Context<Env>,
  services: Services,
  reason: ClosedReason,
): Response | Promise<Response> {
  const status = reason === "signed_in" ? 200 : reason === "link_is_dead" ? 410 : 403;
  return c.html(<NoWayInPage page={pageOf(c, services)} reason={reason} />, status);
}

// ----------------------------------------------------------------------------------- sign-out

function showSignOut(c: Context<Env>, services: Services): Response | Promise<Response> {
  if (!c.var.viewer) return c.redirect("/signin", 303);
  return c.html(<SignOutPage page={pageOf(c, services)} />);
}

async function signOut(c: Context<Env>, services: Services): Promise<Response> {
  const { viewer } = c.var;
  await endSession(c, services);
  // Browsers remove what scripts have kept, the service worker, and what it was subscribed to.
  if (c.req.query("clear") !== undefined) c.header("Clear-Site-Data", '"storage"');
  if (viewer) services.log.info("signed out", { audit: true, by: viewer.id });
  return c.redirect("/signin", 303);
}
