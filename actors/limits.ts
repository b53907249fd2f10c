/**
 * Every limit of the suite, in one place, with its unit last in its name. Relations between limits
 * are asserted when this file is loaded, so that a change that breaks one stops the program at once.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What everything in the suite is held to. */
export const limits = {
  // The actor runtime.
  /** Operations that wait in one actor's mailbox; one more is refused as overloaded. */
  mailboxOperationsMax: 1_000,
  /** Of those, operations of one sender. */
  mailboxOperationsPerSenderMax: 250,
  /** Operations of the suite itself that wait in one actor's system lane, beside those. */
  mailboxSystemOperationsMax: 100,
  /** Operations that one turn takes from the mailbox together. */
  turnOperationsMax: 64,
  /** Answers from the store that one operation may ask for before it has to decide. */
  needsPerOperationMax: 4,
  /** Batches of one commit; a longer transaction would keep the others waiting. */
  commitBatchesMax: 256,
  /** How long the first batch of a commit waits for others to share it. */
  commitGatherMs: 2,
  /** Work that actors do in a row before sockets and timers have their turn. */
  sliceMsMax: 8,
  /** An ask without an answer by then fails as timed out. */
  askMsMax: 10 * SECOND_MS,
  /** How exactly deadlines of asks are kept. */
  deadlineTickMs: 50,
  /** An actor without operations for this long leaves memory. */
  idleMsMax: 2 * MINUTE_MS,
  /** How often the runtime looks for actors that have to leave. */
  sweepMs: SECOND_MS,
  /** Actors in memory at once; the least recently used leave first. */
  liveActorsMax: 20_000,
  /** Resident memory above which idle actors leave at once, least recently used first. */
  residentBytesMax: 2_000_000_000,
  /** Idle actors that leave in one sweep while memory is short; the next sweep looks again. */
  pressureLeaversMax: 1_000,
  /** Crashes within `restartWindowMs` after which an actor is quarantined. */
  restartsMax: 5,
  restartWindowMs: MINUTE_MS,
  /** The first back-off after a crash; doubles with each further one up to the maximum. */
  restartBackoffMs: 50,
  restartBackoffMsMax: 5 * SECOND_MS,
  /** Dead letters that are kept to be looked at. */
  deadLettersKeptMax: 100,
  /** Dead letters with the same reason share one line of the log within this time. */
  deadLetterLogMs: SECOND_MS,
  /** Failures of a store that is away share one line of the log within this time. */
  storeFailureLogMs: SECOND_MS,
  /** Turns whose times make up the figures on `/ops`, for each kind. */
  turnTimesKeptMax: 1_024,
  /** Actors that `/ops` lists as the busiest. */
  busiestActorsMax: 20,
  /** A drain that takes longer is cut off. */
  drainMsMax: 8 * SECOND_MS,

  // The cluster.
  /** Parts that addresses are divided into; each has one owner. Fixed: it is part of what is stored. */
  shardsMax: 1_024,
  /** A node that was not heard of for this long has lost what it owned. */
  leaseMs: 3 * SECOND_MS,
  /** How often a node renews its lease and looks who else is there. */
  leaseRenewMs: 700,
  /** How much sooner a node gives up what it owns than others may take it: clocks drift. */
  leaseMarginMs: 300,
  /** How often a node looks at the whole table of shards when it misses nothing. */
  shardTableReadMs: 5 * SECOND_MS,
  /** A call to the register or the table takes no longer, or it has failed. */
  leaseCallMsMax: SECOND_MS,
  /**
   * How long others have to see what a node does not see before it stands aside. When all lose the
   * same, this is longer than they take to notice it and to say so.
   */
  isolationMs: 3_500,
  /** Shards that one node hands over at a time; the others work on meanwhile. */
  shardsMovingMax: 128,
  /** How long the actors of a shard may take to finish before it is taken from them. */
  handOverMsMax: SECOND_MS,
  /** The first wait before an ask is sent again; doubles with each further one up to the maximum. */
  redispatchMs: 10,
  redispatchMsMax: 250,
  /** How often a node tells again whom it watches, in case somebody has forgotten or not heard it. */
  watchRenewMs: 10 * SECOND_MS,
  /** A watch that was not told again for this long is forgotten. */
  watchMsMax: 35 * SECOND_MS,
  /** Presences that change within this time are told together. */
  peersDelayMs: 40,
  /** Watches told in one frame. */
  watchesPerFrameMax: 1_000,

  /** How long it is believed that somebody is in a document on another node, unless it is said again. */
  presenceMs: 75 * SECOND_MS,
  /** How long a node that leaves still answers, until no load balancer sends it anything. */
  leaveGraceMs: 1_500,

  // Documents.
  /** Text of one note, in UTF-16 units. */
  textUnitsMax: 5_000_000,
  /** What tells a version from another one with its number: an operation's id, and a time. */
  etagUnitsMax: 100,
  /** Components (retain, insert, delete) of one edit's delta; what is longer comes as several edits. */
  deltaComponentsMax: 2_000,
  /** Recent versions that an active document keeps in memory to rebase late deltas. */
  recentVersionsMax: 512,
  /** What those weigh, in units of text; beyond, the oldest leave. */
  recentUnitsMax: 2_000_000,
  /** How many it begins with; older ones are read when they are needed. */
  recentVersionsLoadedMax: 32,
  /** Versions that a late delta may be behind and still be rebased. */
  rebaseVersionsMax: 100_000,
  /** Work of rebasing in one turn, in components of deltas. */
  rebaseStepsMax: 100_000,
  /** Entries of the journal that are read in one step, and their size. */
  entriesReadMax: 2_000,
  entriesReadUnitsMax: 1_000_000,
  /** What one part of a saved text inserts, and its components. */
  savePieceUnitsMax: 100_000,
  saveComponentsMax: 300,
  /** What one entry of the journal deletes, and in how many places; who deletes more makes several. */
  entryDeletedUnitsMax: 50_000,
  entryDeletionsMax: 200,
  /** A longer insert is handed to Loro in pieces. */
  insertPieceUnitsMax: 1_024,
  /** What is loaded in one turn: updates, or operations of a snapshot (a character is one). */
  loadUpdatesMax: 100,
  loadOperationsMax: 5_000,
  /** Bytes that are loaded at once, without slices. */
  loadBytesMax: 10_000,
  /** A longer text in memory follows its edits, and by how many it may be behind before it is read anew. */
  textReadUnitsMax: 50_000,
  textEditsMax: 64,
  /** Units of text that a snapshot may write for each version that it replaces. */
  snapshotUnitsPerVersionMax: 1_000,
  /** Versions that a returning editor may be behind to get deltas; beyond, it gets the text. */
  catchUpVersionsMax: 2_000,
  /** And what those weigh, in units of text. */
  catchUpUnitsMax: 1_000_000,
  /** Journal entries before a snapshot may replace their updates. */
  snapshotEveryVersions: 200,
  /** Journal bytes before a snapshot may replace them. */
  snapshotTailBytesMin: 20_000,
  /** Journal entries after which a snapshot replaces their updates whatever their size. */
  snapshotVersionsMax: 5_000,
  membersMax: 500,
  linksMax: 50,
  acquaintancesMax: 1_000,
  /** How long a deleted note stays in the trash before it may be purged. */
  trashMsMax: 30 * DAY_MS,
  /** The read side follows the write side of a document after this pause. */
  projectionDelayMs: 300,
  /** And a document that changes all the time is projected no more often than this. */
  projectionRestMs: 3_000,
  previewDelayMs: 150,
  /** A preview that could not be rendered because the workers were busy is tried again. */
  previewRetryMs: SECOND_MS,

  // Inboxes.
  /** Entries that one operation may change one by one. */
  entriesChangedMax: 500,
  /** Things of one entry that are shown. */
  entryItemsShownMax: 50,
  /** How often it is looked for entries whose sleep is over. */
  inboxWakeMs: 10 * SECOND_MS,
  /** How long entries are kept unless an administrator says otherwise. */
  inboxKeptMsMax: 90 * DAY_MS,
  /** How far away a time may be until which something is snoozed. */
  snoozeMsMax: 366 * DAY_MS,
  /** How long an e-mail waits while a page of the person is open, in case it is read there. */
  emailDelayMs: 2 * MINUTE_MS,

  // What leaves the suite.
  /** Deliveries that are taken at once, and people who are being reached at the same time. */
  deliveriesTakenMax: 128,
  deliveriesInHandMax: 16,
  /** What inboxes want sent within this time is taken together. */
  deliveryGatherMs: 100,
  /** How long others do not see a delivery that was taken; after a crash it comes back then. */
  deliveryHiddenMs: 5 * MINUTE_MS,
  /** How often it is looked for deliveries that are due. */
  deliveryPollMs: 5 * SECOND_MS,
  /** What is kept of an answer. */
  deliveryAnswerUnitsMax: 300,
  /** Pauses before a push is tried again, and how often it is tried: about an hour. */
  pushRetryMs: 10 * SECOND_MS,
  pushRetryMsMax: 10 * MINUTE_MS,
  pushAttemptsMax: 12,
  /** The same for e-mail: most of a day, so that a server that is away for an hour loses nothing. */
  mailRetryMs: 30 * SECOND_MS,
  mailRetryMsMax: 15 * MINUTE_MS,
  mailAttemptsMax: 100,
  /** Longer than this nobody can make us wait. */
  retryAfterMsMax: HOUR_MS,
  /** One push, from looking up the name to the end of the answer. */
  pushMsMax: 10 * SECOND_MS,
  /** A message before it is encrypted; push services take 4,096 bytes behind that. */
  pushPayloadBytesMax: 3_900,
  pushEndpointUnitsMax: 1_000,
  /** How long a push service keeps a message for a device that is away. */
  pushLifetimeSeconds: 24 * 60 * 60,
  /** Devices of one person; beyond, the one that was reached longest ago is forgotten. */
  pushDevicesMax: 20,
  /** A device that failed so often in a row, and for so long, is forgotten. */
  pushDeviceFailuresMax: 20,
  pushDeviceSilenceMsMax: 14 * DAY_MS,
  /** Push services that have a breaker; beyond, the one that was used longest ago loses it. */
  pushServicesMax: 200,
  /** Failures in a row after which a push service counts as away, and how soon it is tried again. */
  pushFailuresMax: 5,
  pushBreakMs: 30 * SECOND_MS,
  /** The same for the SMTP server. */
  mailFailuresMax: 5,
  mailBreakMs: 15 * SECOND_MS,
  mailConnectionsMax: 3,
  /** Connecting to the SMTP server, one answer of it, and one e-mail as a whole. */
  mailConnectMsMax: 10 * SECOND_MS,
  mailAnswerMsMax: 20 * SECOND_MS,
  mailMsMax: MINUTE_MS,
  /** Lines of a daily e-mail. */
  digestItemsMax: 50,

  // Sockets.
  /** One frame from a browser: a piece of text, each unit as an escape of 6 bytes, and what goes with it. */
  frameBytesMax: 2_000_000,
  /** A larger frame is weighed before it is parsed, and is not parsed at all when its sender is over budget. */
  smallFrameBytesMax: 4_000,
  /** Arrays and objects inside of each other in a frame, and its values beside those of a delta. */
  frameDepthMax: 4,
  frameValuesMax: 100,
  /** Frames that one socket may send in a burst, and how many a second it earns back. */
  frameBurstMax: 400,
  framesPerSecondMax: 100,
  /** Bytes that an account may send over all its sockets in a burst, and how many a second it earns back. */
  memberFramesBytesMax: 16_000_000,
  memberFramesBytesPerSecondMax: 2_000_000,
  /** The same for those who came by one link from one address. */
  linkFramesBytesMax: 4_000_000,
  linkFramesBytesPerSecondMax: 250_000,
  /** A reader whose unsent frames exceed this is cut off and resynchronizes. */
  socketBufferBytesMax: 16_000_000,
  /** A long text goes on to a reader when less than this is unsent, which is looked at so often. */
  socketUnsentBytesMax: 1_000_000,
  socketLookMs: 20,
  /** Notes that one socket may have open. */
  openDocumentsMax: 16,
  /** Topics that one socket may watch. */
  topicsMax: 64,
  /** Sockets answer a ping within this, or are closed. */
  socketIdleSecondsMax: 120,
  /** How often an open socket's session is checked again. */
  sessionCheckMs: 30 * SECOND_MS,
  /** Sessions that are checked by one query. */
  sessionsCheckedMax: 256,

  // Chores.
  /** Items of one backlog that are handled at the same time. */
  sweepItemsInHandMax: 8,
  /** How long an item that failed is left alone; doubles up to the maximum. */
  sweepRetryMs: 20 * SECOND_MS,
  sweepRetryMsMax: 6 * HOUR_MS,
  /** Items that failed and are remembered, and that `/ops` shows of each backlog. */
  sweepFailuresKeptMax: 1_000,
  sweepFailuresShownMax: 5,
  /** Open notes that are looked at again at the same time, and people whose role is asked for at once. */
  documentsCheckedMax: 64,
  rolesAskedMax: 1_000,

  // Requests.
  /** A request that stands still for this long is closed. */
  requestIdleSecondsMax: 60,
  /** How often sessions and the trash are tidied. */
  housekeepingMs: HOUR_MS,
  /** A form, unless its route takes more. */
  formBytesMax: 8_000,
  /** The largest body of anybody who is not signed in, and of forms that list what was selected. */
  strangerFormBytesMax: 64_000,
  /** A note that is saved without JavaScript, percent-encoded: by a member, and by the holder of a link. */
  noteFormBytesMax: 48_000_000,
  linkFormBytesMax: 4_000_000,
  /** Fields of a form, and one of them, decoded. */
  formFieldsMax: 1_000,
  formNameBytesMax: 100,
  formValueBytesMax: 16_000_000,
  /** Fields that come back to be sent again, as HTML. */
  keptFieldsBytesMax: 16_000_000,
  /** What is parsed of a form before others have their turn: about a millisecond. */
  formSliceBytesMax: 64_000,
  /** What Bun keeps of a body that is not being read, before it lets the sender wait (1.6 MB were seen). */
  bodyBufferBytesMax: 2_000_000,
  /** Bodies that are being read or waited for, by who sends them: all together, and those of one. */
  strangerBodiesBytesMax: 64_000_000,
  strangerBodiesBytesPerAddressMax: 16_000_000,
  linkBodiesBytesMax: 64_000_000,
  linkBodiesBytesPerAddressMax: 8_000_000,
  memberBodiesBytesMax: 192_000_000,
  memberBodiesBytesPerAccountMax: 96_000_000,
  /** The same for bodies that were refused and are thrown away as they come. */
  refusedBodiesBytesMax: 64_000_000,
  refusedBodiesBytesPerAddressMax: 8_000_000,
  /** What has to arrive of a body within each window, and when all of it has to be there. */
  bodyWindowBytesMin: 20_000,
  bodyWindowMs: 10 * SECOND_MS,
  bodyMsMax: 3 * MINUTE_MS,
  /** How much of a refused body is thrown away, and for how long, so that its sender hears why. */
  lingerBytesMax: 64_000_000,
  lingerMsMax: 20 * SECOND_MS,
  /** Bodies for which there was no room share one line of the log within this time. */
  bodyRefusalLogMs: SECOND_MS,
  /** A body that Bun itself refuses, without a word from us. */
  requestBytesMax: 1_000_000_000,
  /** Bytes of a body that count as much as a request does. */
  requestPointBytes: 64_000,
  nameUnitsMax: 80,
  emailUnitsMax: 254,
  passwordUnitsMin: 10,
  passwordUnitsMax: 256,
  searchUnitsMax: 200,
  /** Words of a search that are looked for; the others are not. */
  searchWordsMax: 12,
  /** Characters of scripts without spaces that are searched in a note; what is behind them is not. */
  searchUnspacedMax: 256_000,
  /** Text that is written to the search index in one step. */
  searchPartUnitsMax: 20_000,
  titleUnitsMax: 120,
  excerptUnitsMax: 160,
  pageItemsMax: 50,
  /** A list that grows in place stops growing here and goes on by pages. */
  listItemsMax: 500,

  // The main thread, and work beside it.
  /** A step that holds the main thread for longer is a stall: it is counted and logged with its cause. */
  stallMsMax: 50,
  /** How often the watch on the event loop looks. */
  stallWatchMs: 20,
  /** A stall's line in the log, at most one in so long; the count has all of them. */
  stallLogMs: SECOND_MS,
  /** Stalls that are kept to be looked at. */
  stallsKeptMax: 20,
  /** Work on one request in a row before sockets and timers have their turn. */
  workSliceMsMax: 8,
  /** How long such work rests between two slices when nobody waits for it. */
  workRestMs: 8,
  /** Worker processes; at least two, so that one expensive note never takes all of them. */
  workersMin: 2,
  workersMax: 4,
  /** A job that takes longer ends with its worker. */
  jobMsMax: 5 * SECOND_MS,
  /** Resident memory of a worker; a job that makes it grow beyond ends with it. */
  workerBytesMax: 512_000_000,
  /** A worker that has grown beyond this by a job gives back what the job has left before it goes on. */
  workerTidyBytes: 110_000_000,
  /** A worker that has grown beyond this after a job all the same makes room for a fresh one. */
  workerKeptBytesMax: 200_000_000,
  /** How often the memory of a worker with a job is looked at. */
  workerLookMs: 100,
  /** A worker without a job for so long leaves. */
  workerIdleMsMax: 5 * MINUTE_MS,
  /** Jobs that wait for a worker: in all, and of one note or one person. */
  jobsWaitingMax: 256,
  jobsWaitingPerShareMax: 16,
  /** Text that is handed to a worker, written or sent in one step, in UTF-16 units. */
  textPieceUnitsMax: 250_000,
  /** Bytes that are handed to a worker in one step. */
  pieceBytesMax: 500_000,
  /** The HTML of one part of a note, in UTF-16 units. */
  renderedUnitsMax: 2_000_000,
  /** The text of an open note that a node keeps for its previews, in UTF-16 units. */
  shownTextUnitsMax: 200_000,
  /** Text that is rendered at once; a longer note is shown in parts. */
  renderPartUnitsMax: 200_000,
  renderPartLinesMax: 8_000,
  /** Text that is rendered on the main thread, since that takes less than handing it to a worker. */
  renderInlineUnitsMax: 2_000,
  /** Components of what is found by comparing texts. */
  comparedComponentsMax: 10_000,
  /** Texts that are compared on the main thread, both together. */
  compareInlineUnitsMax: 20_000,
  /** HTML of notes that is kept to be shown again, in UTF-16 units. */
  renderedKeptUnitsMax: 16_000_000,
  /** A longer run of characters without a space is not searched for addresses to be made links. */
  linkifiedRunUnitsMax: 2_000,
  /** The beginning of a text in which its title is looked for. */
  titleSearchUnitsMax: 20_000,

  // Databases.
  /** How long a query waits for another process that is writing to the same file. */
  databaseBusyMsMax: SECOND_MS,
  /**
   * A log that has grown to this is folded into its file by a worker, which is looked at so often. A page
   * that many edits touch is copied once then; with SQLite's own 4 MB a busy node would do little else.
   */
  checkpointBytes: 16_000_000,
  checkpointLookMs: SECOND_MS,
  /** What a log keeps of its size when it begins anew. */
  logKeptBytes: 4_000_000,
  /** Pages in the log before the main thread folds it by itself, because no worker has done it. */
  checkpointPages: 65_536,
  /** Pages of the search index that one step merges while deleted words are erased from it. */
  searchErasePages: 16,
  /** The same behind a part that was written, which merges less. */
  searchMergePages: 4,
  /** Such steps behind a part that was written, so that there are never many parts to be looked through. */
  searchMergeStepsPerWriteMax: 50,
  /** Connecting to Postgres, or waiting for one of the connections there are. */
  databaseConnectMsMax: 2 * SECOND_MS,
  /** One statement in Postgres; it ends those that take longer. */
  statementMsMax: 5 * SECOND_MS,
  /** The answer to a statement; later, the connection counts as lost. */
  statementAnswerMsMax: 6 * SECOND_MS,
  /** Waiting for a lock that another transaction holds. */
  lockWaitMsMax: 3 * SECOND_MS,
  /** A transaction in which nothing happens: a process that was stopped must not block the others. */
  transactionIdleMsMax: 2 * SECOND_MS,
  /** Lost connections in a row after which Postgres counts as away. */
  databaseFailuresMax: 3,
  /** How often it is tried then, and how old an answer may be that says it is there. */
  databaseProbeMs: SECOND_MS,
  /** How often each service's database is read and written to see whether it works, */
  probeMs: 10 * SECOND_MS,
  /** and how often while something is wrong with it. */
  probeAgainMs: SECOND_MS,
  /** A database that takes longer to answer is slow. */
  probeMsMax: 2 * SECOND_MS,
  /** The pause before a probe that met another writer tries again. */
  probeBusyMs: 100,
  /** What has to fit on a disk that was full before it counts as having room. */
  probeLargeBytes: 1_000_000,
  /** How long a damaged file is not looked through again, at least and by how long it took. */
  verifyRestMs: 10 * SECOND_MS,
  verifyRestRatio: 10,
  /** How long nothing may meet damage in Postgres before it counts as mended. */
  damageQuietMs: 10 * MINUTE_MS,
  /** Documents that one query loads together, and how many such queries run at once. */
  loadDocumentsMax: 64,
  loadQueriesMax: 2,
  /** Inboxes that one query reads together. */
  readsGatheredMax: 256,

  // Redis.
  /** Making a connection, and one command on it, take no longer; what waits behind it would add up. */
  redisConnectMsMax: SECOND_MS,
  redisCommandMsMax: SECOND_MS,
  /** How long a start waits for Redis before it goes on without. */
  redisReadyMsMax: 2 * SECOND_MS,
  /** A connection that owes an answer for this long is broken, whatever the network says. */
  redisSilenceMsMax: 1_500,
  /** How often each connection is asked whether it lives. */
  redisHeartbeatMs: SECOND_MS,
  /** The pause before connecting again; doubles up to the maximum. */
  redisRetryMs: 50,
  redisRetryMsMax: 500,
  /** Calls that fail in a row before others fail at once, and how soon one may try again. */
  redisFailuresMax: 5,
  redisBreakMs: 500,
  /** Channels that one command subscribes to, or gives up. */
  channelsPerCommandMax: 1_000,
  /** Frames for one node that travel together, unless a single one is larger. */
  bundleBytesMax: 256_000,
  /** Bundles on their way to one node; meanwhile further frames gather. */
  bundlesInFlightMax: 4,
  /** Frames of this node that are not handed over yet; beyond, a sender is told to try again. */
  unsentFrameBytesMax: 64_000_000,
  /** Marks of changed lists that wait for Redis to come back. */
  factsUnwrittenMax: 10_000,
  /** How long after that a missing mark tells nothing. */
  factsUncertainMs: MINUTE_MS,

  // Events.
  /** Events that the stream keeps, taken or not. */
  eventsKeptMax: 100_000,
  /** Events of one group that are handled at the same time, and that are read at once. */
  eventsInHandMax: 256,
  eventsReadMax: 64,
  /** Events of a group that were handled and are remembered, in case an outbox hands them out again. */
  handledEventsKeptMax: 2_048,
  /** How often an event may fail before it is set aside for good, and the pauses between. */
  eventFailuresMax: 12,
  /** How many processes may die with an event in hand, after the first, before it is set aside. */
  eventDeathsMax: 3,
  /**
   * How often an event may fail while those after it for the same subject wait, because something else is
   * broken: a few seconds, such as another node takes to take over.
   */
  eventHoldingFailuresMax: 6,
  eventRetryMs: 100,
  eventRetryMsMax: MINUTE_MS,
  /** Parked events of one group that are tried at the same time, and how long others do not see them. */
  parkedEventsInHandMax: 16,
  parkedEventHiddenMs: 2 * MINUTE_MS,
  /** How often it is looked for parked events that are due. */
  parkedEventPollMs: 2 * SECOND_MS,
  /** What is kept of an error. */
  eventErrorUnitsMax: 500,
  /** Parked events that `/ops` lists. */
  parkedEventsShownMax: 50,
  /** The longest pause while something is away that events need. */
  eventOutageMsMax: 5 * SECOND_MS,
  /** A node that reads for a group and is not heard of for this long is replaced by another. */
  eventLeaseMs: 5 * SECOND_MS,
  /** How long a reader waits for events, and for its turn to read. */
  eventBlockMs: SECOND_MS,
  /** Events that an outbox hands out at once, how often it is asked, and how soon after a failure. */
  relayedEventsMax: 256,
  relayMs: 2 * SECOND_MS,
  relayRetryMs: 250,
  relayRetryMsMax: 5 * SECOND_MS,
  /** How far events in an outbox are counted, and how old the oldest may be before administrators are told. */
  backlogCountedMax: 10_000,
  outboxAgeMsMax: 5 * MINUTE_MS,
  /** How often it is looked how the outboxes and the parked events are. */
  eventWatchMs: 10 * SECOND_MS,

  // Accounts.
  sessionMsMax: 30 * DAY_MS,
  /** How often at most the last use of a session is written down. */
  sessionTouchMs: MINUTE_MS,
  /** How long a session that was checked is trusted without asking the store again. */
  sessionCacheMs: 3 * SECOND_MS,
  /** Browsers one person is signed in with; beyond, the least recently used is signed out. */
  sessionsPerPersonMax: 50,
  /** Invitations that are listed, newest first. */
  invitationsShownMax: 100,
  sessionCacheEntriesMax: 20_000,
  /** What is kept of a browser's `User-Agent`. */
  userAgentUnitsMax: 512,
  /** Password hashes that are computed at once (each takes 19 MiB and a core), and that wait. */
  passwordHashesMax: 4,
  passwordHashesWaitingMax: 200,
  setupLinkMsMax: 7 * DAY_MS,
  invitationMsMax: 7 * DAY_MS,
  /** Failed sign-ins by account and by address before they have to wait. */
  signInFailuresPerAccountMax: 8,
  signInFailuresPerAddressMax: 40,
  signInWindowSeconds: 15 * 60,
  /** Requests of one account, or of one address without, in a window. */
  requestsPerWindowMax: 6_000,
  requestWindowSeconds: 60,
} as const;
