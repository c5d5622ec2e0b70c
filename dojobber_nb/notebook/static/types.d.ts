// Types of what Python sends and of what modules share, for the type checker alone: no page loads this file.

/** How a status is shown. `counted`: the key under which its jobs are counted. */
interface Look { key: string; word: string; sign: string; icon: string }
declare const LOOKS: Look[];

/** Labels in the order in which they are shown, by name: see widgets/page_labels.py. */
declare const LABELS: {
  modes: Record<string, [label: string, meaning: string]>;
  views: Record<string, string>;
  panes: Record<string, string>;
  attempt_panes: string[];
  orders: Record<string, string>;
  changes: Record<string, string>;
  counted: Record<string, string>;
};

type Attributes = Record<string, any>;
type Child = Node | string | null | undefined;
type Keys<Item> = Record<string, (item: Item) => unknown>;

/** What Python sends, and what the page sends. */
interface Message { kind: string; content?: any }
type Hear = (message: Message) => void;
type Hears = Record<string, (content: any) => void>;

/** A widget's model as anywidget, or the report, gives it. */
interface Model {
  get(trait: string): any;
  set(trait: string, value: unknown): void;
  on(events: string, listener: (content: any) => void): void;
  send(content: object): void;
}
interface Rendered { model: Model; el: HTMLElement }
interface WidgetModule { initialize(widget: { model: Model }): void; render(widget: Rendered): () => void }

interface JobLink { job: number; text: string; state?: string }

// --- timeline

/** live, kind: places among the kinds. begun, over: events by its begin and its end; over is 0 while it is under way. */
type BarRow = [job: number, attempt: number, live: number, kind: number, begun: number, over: number,
  start: number, end: number, took: string, from: string];
type BarKind = [look: string, words: string, texture: string];

// --- inspector

/** A value as a tree: key, type, size, text, children, and how many children are left out. */
type TreeRow = [key: string, type: string, size: string, text: string, children: TreeRow[], cut: number];
interface StorageEntry { row: TreeRow; mark: string; by: string; more?: number }
/** A frame, or text between frames. folded: at the first of library frames in a row, how many they are. */
interface TracebackPart { text?: string; place: string; line: number; name: string; code: string; library: boolean; folded?: string; live: number }
interface JobError { title: string; message: string; came_from: TreeRow | null; parts: TracebackPart[] }
interface PhaseRow { phase: string; ok: boolean; seconds: string; said: string }
interface AttemptRow { number: number; phases: PhaseRow[] }
interface JobFacts {
  job: number; name: string; state: string; selected: boolean; why: string; doc: string; halts: string;
  needs: JobLink[]; needed_by: JobLink[]; attempt: number; attempts: number; tab: string;
}
interface Pane { tab: string; job: number; number: number; [fact: string]: any }

// --- output

/** A row of output: its text, or spans of text and style; a first span of 0 says that it goes on from the row before. */
type Span = [text: string, style: string];
type OutputRow = string | Span[] | [0, ...Span[]];
/** How many rows of the block stay, and the rows that follow them; null removes the block. */
type OutputBlock = [kept: number, rows: OutputRow[]] | null;
/** rows: how many rows each of its blocks has. */
interface OutputText { phase: string; stream: string; live?: boolean; rows: number[] }
interface OutputNews { of: [job: number, attempt: number]; blocks: Record<string, OutputBlock>; styles: Record<string, string> }

// --- report

/** moment, place, moment, place, …: which row of the table holds from a moment on. */
type Track = number[];
interface ReportData {
  table: any[];
  told: {
    moments: number; parts: Record<string, Record<string, Track>>; jobs: Record<string, Track>[]; head: number; status: number;
    rules: { counted: string[]; rank: number[]; empty: Record<string, string>; all: string };
  };
}
declare const MODULES: Record<string, WidgetModule>;
