// Key maps as data. A chord is modifiers and the physical key (`KeyboardEvent.code`), so that it is
// the same key on every layout, or a character where that is what people look for; Ctrl is Cmd on a
// Mac. `classes` gives keys to the classes in order.

const letters = (text) => [...text].map((letter) => `Key${letter.toUpperCase()}`);
const digits = [..."1234567890"].map((digit) => `Digit${digit}`);

const everywhere = {
  undo: ["Ctrl+KeyZ"],
  redo: ["Ctrl+Shift+KeyZ", "Ctrl+KeyY"],
  submit: ["Enter", "Ctrl+Enter", "NumpadEnter"],
  cancel: ["Escape"],
  help: ["?", "F1"],
  find: ["/"],
  void: ["Backquote"],
  clear: ["Delete"],
  pan: ["Space"],
  smaller: ["BracketLeft"],
  larger: ["BracketRight"],
  fainter: ["Shift+BracketLeft"],
  stronger: ["Shift+BracketRight"],
  "zoom-in": ["Equal", "NumpadAdd", "Ctrl+Equal"],
  "zoom-out": ["Minus", "NumpadSubtract", "Ctrl+Minus"],
  "fit-region": ["Shift+Digit1"],
  "actual-size": ["Shift+Digit2"],
  "fit-context": ["Home"],
};

const letterTools = {
  accept: ["KeyA"],
  "accept-all": ["Shift+KeyA"],
  back: ["Backspace"],
  skip: ["KeyX", "Ctrl+Space"],
  note: ["Shift+KeyN"],
  "next-mode": ["KeyF"],
  fill: ["Alt+Digit1"],
  segments: ["Alt+Digit2"],
  paint: ["Alt+Digit3"],
  superpixels: ["KeyZ"],
  protect: ["Shift+KeyL"],
  brush: ["KeyB"],
  eraser: ["KeyE"],
  polygon: ["KeyP"],
  flood: ["Shift+KeyF"],
  holes: ["Shift+KeyH"],
  pick: ["KeyV"],
  peek: ["KeyH"],
  suggestion: ["KeyM"],
  uncertainty: ["KeyU"],
  neighbours: ["KeyN"],
};

export const KEYMAPS = {
  default: {
    title: "Tessera",
    classes: [...digits, ...letters("qwrtyiosdgjklc")],
    commands: { ...everywhere, ...letterTools },
    wheel: "zoom",
  },
  cvat: {
    title: "Like CVAT",
    classes: digits.map((key) => [`Ctrl+${key}`, key]),
    commands: {
      ...everywhere,
      ...letterTools,
      submit: ["Ctrl+KeyS", "KeyF", "Enter"],
      back: ["KeyD", "Backspace"],
      skip: ["KeyV"],
      "next-mode": ["KeyW"],
      brush: ["Shift+Digit1"],
      eraser: ["Shift+Digit2"],
      polygon: ["Shift+Digit3", "KeyN"],
      flood: ["Shift+Digit4"],
      pick: ["KeyI"],
      protect: ["KeyL"],
      neighbours: ["Shift+KeyN"],
      note: ["Shift+KeyC"],
      "fit-region": ["KeyR"],
      "actual-size": ["Shift+KeyR"],
    },
    wheel: "zoom",
  },
  "label-studio": {
    title: "Like Label Studio",
    classes: [...digits, ...letters("qwetasdfgzxcvbyiopjklnm")],
    commands: {
      ...everywhere,
      ...letterTools,
      submit: ["Ctrl+Enter", "Alt+Enter", "Enter"],
      skip: ["Ctrl+Space"],
      back: ["Ctrl+ArrowLeft", "Backspace"],
      flood: ["KeyW"],
      peek: ["Alt+KeyH"],
      protect: ["Alt+KeyL"],
      cancel: ["Escape", "KeyU"],
      clear: ["Ctrl+Backspace", "Delete"],
      uncertainty: ["Shift+KeyU"],
    },
    wheel: "ctrl-zoom",
  },
};
