// Mouse, pen and fingers. A finger taps to click, drags to look back, is held and drags to mark; two zoom and move what
// is zoomed, and tap for the right button.

/** Bits of RFB's button mask; back and forward go by the extended mouse buttons. */
const BUTTONS = [1, 2, 4, 128, 256];
const WHEEL = { up: 8, down: 16, left: 32, right: 64 };
/** CSS pixels of a wheel, or of a finger, that are one step of it. */
const WHEEL_STEP = 50;
const FINGER_STEP = 18;
const LINE = 16;
/** Steps that one event of a wheel may make. */
const STEPS_MAX = 20;
/** A finger that moves further than this, in CSS pixels, does not tap. */
const TAP_WITHIN = 10;
/** A finger that stays for so long, in ms, holds the button. */
const HELD_AFTER = 450;

/** `output.pointer(x, y, buttons)` is what comes out; `output.touched()` says that a finger has tapped. */
export class Pointer {
  #buttons = 0;
  #last = { x: 0, y: 0 };
  #moved = null;
  #wheel = { x: 0, y: 0 };
  #fingers = new Map();
  #gesture = null;

  constructor(screen, output) {
    this.screen = screen;
    this.output = output;
    const { canvas } = screen;
    const on = (name, act, options) => canvas.addEventListener(name, act.bind(this), options);
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) on(name, this.#event);
    on("pointerleave", () => screen.movePointer(null));
    on("wheel", this.#turned, { passive: false });
    on("contextmenu", (event) => event.preventDefault());
    // Else a middle button starts to scroll, and a double click marks the page.
    on("mousedown", (event) => event.preventDefault());
  }

  #event(event) {
    if (event.pointerType === "touch") {
      this.#finger(event);
      return;
    }
    const at = this.screen.pixelAt(event.clientX, event.clientY);
    this.screen.movePointer(at);
    if (event.type === "pointerdown") {
      this.screen.canvas.setPointerCapture(event.pointerId);
      this.output.touched(false);
    }
    // One pointer event tells of all buttons (in an order of its own: left, right, middle, back, forward).
    const order = [0, 2, 1, 3, 4];
    const buttons = order.reduce((mask, button, bit) => mask | (event.buttons & (1 << bit) ? BUTTONS[button] : 0), 0);
    this.#move(at, event.type === "pointercancel" ? 0 : buttons);
  }

  /** Buttons at once, mere movement once a frame. */
  #move(at, buttons) {
    this.#last = at;
    if (buttons !== this.#buttons) {
      this.#buttons = buttons;
      this.#moved = null;
      this.output.pointer(at.x, at.y, buttons);
      return;
    }
    if (this.#moved === null) requestAnimationFrame(() => this.#sendMove());
    this.#moved = at;
  }

  #sendMove() {
    if (this.#moved) this.output.pointer(this.#moved.x, this.#moved.y, this.#buttons);
    this.#moved = null;
  }

  #turned(event) {
    event.preventDefault();
    // Pinching on a touch pad comes as a wheel with Control.
    if (event.ctrlKey && event.deltaMode === 0) {
      const { left, top } = this.screen.stage.getBoundingClientRect();
      this.screen.setZoom(this.screen.zoom * Math.exp(-event.deltaY / 100), event.clientX - left, event.clientY - top);
      return;
    }
    const unit = [1, LINE, this.screen.stage.clientHeight][event.deltaMode];
    this.#last = this.screen.pixelAt(event.clientX, event.clientY);
    this.#scroll(event.deltaX * unit, event.deltaY * unit, WHEEL_STEP);
  }

  #scroll(x, y, step) {
    for (const [axis, by, less, more] of [["x", x, WHEEL.left, WHEEL.right], ["y", y, WHEEL.up, WHEEL.down]]) {
      this.#wheel[axis] += by;
      const steps = Math.trunc(this.#wheel[axis] / step);
      this.#wheel[axis] -= steps * step;
      for (let i = Math.min(Math.abs(steps), STEPS_MAX); i > 0; i--) this.#click(steps < 0 ? less : more);
    }
  }

  #click(button) {
    this.output.pointer(this.#last.x, this.#last.y, this.#buttons | button);
    this.output.pointer(this.#last.x, this.#last.y, this.#buttons);
  }

  // Fingers.

  #finger(event) {
    event.preventDefault();
    const { pointerId, clientX: x, clientY: y } = event;
    if (event.type === "pointerdown") {
      this.screen.canvas.setPointerCapture(pointerId);
      this.#fingers.set(pointerId, { x, y });
      if (this.#fingers.size === 1) this.#begin(x, y);
      else if (this.#fingers.size === 2) this.#beginTwo();
    } else if (event.type === "pointermove") {
      if (!this.#fingers.has(pointerId)) return;
      this.#fingers.set(pointerId, { x, y });
      this.#drag();
    } else {
      this.#fingers.delete(pointerId);
      if (this.#fingers.size === 0) this.#end(event.type === "pointerup");
    }
  }

  #begin(x, y) {
    const timer = setTimeout(() => {
      this.#gesture = { kind: "hold", x, y };
      navigator.vibrate?.(10);
      this.#move(this.screen.pixelAt(x, y), 1);
    }, HELD_AFTER);
    this.#gesture = { kind: "tap", x, y, timer };
  }

  #beginTwo() {
    clearTimeout(this.#gesture?.timer);
    if (this.#gesture?.kind === "hold") this.#move(this.#last, 0);
    this.#gesture = { kind: "two", ...this.#span(), zoom: this.screen.zoom, moved: false };
  }

  /** The middle of two fingers, and how far they are apart. */
  #span() {
    const [one, two] = [...this.#fingers.values()];
    return { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2, apart: Math.hypot(one.x - two.x, one.y - two.y) };
  }

  #drag() {
    const gesture = this.#gesture;
    if (gesture?.kind === "two" && this.#fingers.size >= 2) {
      const now = this.#span();
      if (Math.hypot(now.x - gesture.x, now.y - gesture.y) + Math.abs(now.apart - gesture.apart) > TAP_WITHIN) gesture.moved = true;
      if (!gesture.moved) return;
      const { left, top } = this.screen.stage.getBoundingClientRect();
      this.screen.setZoom((gesture.zoom * now.apart) / gesture.apart, now.x - left, now.y - top);
      this.screen.stage.scrollBy(gesture.x - now.x, gesture.y - now.y);
      Object.assign(gesture, { x: now.x, y: now.y });
      return;
    }
    const [finger] = this.#fingers.values();
    if (!gesture || !finger) return;
    if (gesture.kind === "hold") {
      this.#move(this.screen.pixelAt(finger.x, finger.y), 1);
      return;
    }
    if (gesture.kind === "tap" && Math.hypot(finger.x - gesture.x, finger.y - gesture.y) > TAP_WITHIN) {
      clearTimeout(gesture.timer);
      this.#last = this.screen.pixelAt(gesture.x, gesture.y);
      gesture.kind = "scroll";
    }
    if (gesture.kind === "scroll") {
      this.#scroll(0, gesture.y - finger.y, FINGER_STEP);
      gesture.y = finger.y;
    }
  }

  #end(done) {
    const gesture = this.#gesture;
    this.#gesture = null;
    this.#wheel = { x: 0, y: 0 };
    clearTimeout(gesture?.timer);
    if (gesture?.kind === "hold") {
      this.#move(this.#last, 0);
    } else if (done && gesture && (gesture.kind === "tap" || (gesture.kind === "two" && !gesture.moved))) {
      this.#last = this.screen.pixelAt(gesture.x, gesture.y);
      this.#click(gesture.kind === "tap" ? BUTTONS[0] : BUTTONS[2]);
      if (gesture.kind === "tap") this.output.touched(true);
    }
  }
}
