# Runs inside gdb: stops at breakpoints and after single steps, and writes what gdb sees as JSON lines.
import gdb, json, os, time

job = json.load(open(os.environ["ORACLE_JOB"]))
out = open(job["out"], "w")

def canon(v, depth=0):
    """A value without gdb's taste in formatting."""
    try:
        if v.is_optimized_out:
            return "<optimized out>"
        v.fetch_lazy()  # gdb 13 dies of parts of a lazy value that is in pieces
        t = v.type.strip_typedefs()
        c = t.code
        if depth > 6:
            return "..."
        if c in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            r = []
            for f in t.fields():
                r.append([f.name or "", canon(v[f], depth + 1)])
            return r
        if c == gdb.TYPE_CODE_ARRAY:
            lo, hi = t.range()
            if t.sizeof == 0:  # a flexible member: gdb's Python calls it one element
                return []
            return [canon(v[i], depth + 1) for i in range(lo, min(hi, lo + 63) + 1)]
        if c == gdb.TYPE_CODE_FLT:
            return float(v).hex()
        if c == gdb.TYPE_CODE_FUNC:
            return "func " + hex(int(v.address) & ~1)
        if c == gdb.TYPE_CODE_PTR:
            return int(v) & 0xffffffff
        if c == gdb.TYPE_CODE_VOID:
            return "void"
        return int(v)
    except gdb.error as e:
        s = str(e)
        if "optimized out" in s or "not saved" in s or "Unknown argument list" in s:
            return "<optimized out>"
        return "<error: %s>" % s

def variables(frame):
    args, locs, seen = [], [], set()
    try:
        block = frame.block()
    except RuntimeError:
        return args, locs
    while block is not None:
        here = []
        for s in block:
            if s.name in seen or not (s.is_argument or s.is_variable):
                continue
            try:
                v = canon(s.value(frame))
            except gdb.error as e:
                v = "<error: %s>" % e
            (args if s.is_argument else locs).append([s.name, v])
            here.append(s.name)
        seen.update(here)
        if block.function is not None:
            break
        block = block.superblock
    return args, locs

def reg(frame, name):
    try:
        return int(frame.read_register(name)) & 0xffffffff
    except Exception:
        return None

def stop(label, full):
    f = gdb.newest_frame()
    rec = {"label": label, "frames": []}
    rec["regs"] = [reg(f, "r%d" % i if i < 13 else ["sp", "lr", "pc"][i - 13]) for i in range(16)]
    rec["cpsr"] = reg(f, "cpsr")
    rec["d"] = []
    for i in range(32):
        try:
            rec["d"].append(int(f.read_register("d%d" % i)["u64"]) & 0xffffffffffffffff)
        except Exception:
            rec["d"].append(None)
    inf = gdb.selected_inferior()
    mem = []
    sp = rec["regs"][13]
    regions = [(sp - 512, sp)] + [(sp + i * 128, sp + (i + 1) * 128) for i in range(job["stackKB"] * 8)]
    if full:
        regions += [tuple(r) for r in job["regions"] or []]
    for lo, hi in regions:
        try:
            mem.append([lo, bytes(inf.read_memory(lo, hi - lo)).hex()])
        except gdb.MemoryError:
            pass
    rec["mem"] = mem
    n = 0
    while f is not None and n < 60:
        sal = f.find_sal()
        fr = {"name": f.name() or "", "pc": f.pc(), "line": sal.line if sal and sal.symtab else 0,
              "file": os.path.basename(sal.symtab.filename) if sal and sal.symtab else "", "sp": reg(f, "sp"),
              "inline": f.type() == gdb.INLINE_FRAME, "signal": f.type() == gdb.SIGTRAMP_FRAME}
        fr["saved"] = [reg(f, "r%d" % i) for i in range(4, 12)]
        if full:
            fr["args"], fr["locals"] = variables(f)
        rec["frames"].append(fr)
        try:
            f = f.older()
        except gdb.error as e:
            rec["unwindError"] = str(e)
            break
        n += 1
    if full and label in (job["expressions"] or {}):
        rec["expressions"] = []
        gdb.newest_frame().select()
        for x in job["expressions"][label]:
            try:
                v = gdb.parse_and_eval(x)
                rec["expressions"].append([x, canon(v), v.type.sizeof, str(v.type)])
            except gdb.error as e:
                rec["expressions"].append([x, "<error: %s>" % e, 0, ""])
    out.write(json.dumps(rec) + "\n")

gdb.execute("set pagination off")
gdb.execute("set confirm off")
gdb.execute("set height 0")
gdb.execute("set print frame-arguments none")
gdb.execute("set backtrace limit 200")
gdb.execute("file " + job["program"])
gdb.execute("set architecture arm")
deadline = time.monotonic() + 30
while True:  # the stub makes its socket when it is ready
    try:
        gdb.execute("target remote " + job["socket"], to_string=True)
        break
    except gdb.error:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.005)
gdb.execute("handle SIGUSR1 nostop noprint pass")
gdb.execute("handle SIGUSR2 nostop noprint pass")
labels = {}
for label, line, times in job["breaks"]:
    b = gdb.Breakpoint("%s:%d" % (job["source"], line))
    labels[b.number] = [label, times]
    locs = []
    try:
        text = gdb.execute("info breakpoints %d" % b.number, to_string=True)
    except gdb.error:
        text = ""
    out.write(json.dumps({"label": "break", "line": line, "text": text}) + "\n")
for fn in job["functions"]:
    b = gdb.Breakpoint(fn)
    labels[b.number] = [fn, 1]
    out.write(json.dumps({"label": "function", "name": fn, "text": gdb.execute("info breakpoints %d" % b.number, to_string=True)}) + "\n")

hit = []
def on_stop(ev):
    hit.clear()
    if isinstance(ev, gdb.BreakpointEvent):
        hit.extend(b.number for b in ev.breakpoints)
gdb.events.stop.connect(on_stop)
try:
    while True:
        gdb.execute("continue", to_string=True)
        if not hit:
            out.write(json.dumps({"label": "end", "text": "stopped without a breakpoint: %s at %#x" % (gdb.execute("info program", to_string=True), gdb.newest_frame().pc())}) + "\n")
            break
        for n in hit:
            label, left = labels[n]
            if left <= 0:
                continue
            labels[n][1] -= 1
            stop(label, True)
            if labels[n][1] <= 0:
                for b in gdb.breakpoints() or []:
                    if b.number == n:
                        b.delete()
            for k in range((job["steps"] or {}).get(label, 0)):
                gdb.execute("stepi", to_string=True)
                stop(label + "+%d" % (k + 1), False)
except gdb.error as e:
    out.write(json.dumps({"label": "end", "text": str(e)}) + "\n")
out.close()
