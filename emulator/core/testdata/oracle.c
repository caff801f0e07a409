// The oracle: reads cases, executes each one's code under whatever processor this program runs on, and writes the
// state afterwards. Freestanding, static; built by the test and run under qemu-arm.
//
// A case and a result are one struct each. The code is copied to CODE, the scratch page to DATA, at fixed addresses.
typedef unsigned int u32;
typedef unsigned char u8;

#define CODE 0x40000000u
#define DATA 0x41000000u
#define DATASIZE 256u

struct regs {
	u32 r[15];
	u32 cpsr; // N Z C V Q, GE
	u32 fpscr;
	u32 pad;
	u32 d[64];
};
struct input {
	struct regs regs;
	u32 thumb;
	u32 pad; // number of the case, given back
	u8 code[48]; // ends with a jump to back_arm
	u8 data[DATASIZE];
};
struct output {
	struct regs regs;
	u32 signal; // 0, or SIGILL, SIGSEGV, SIGBUS
	u32 pad;
	u8 data[DATASIZE];
};

static long sys(long n, long a, long b, long c, long d, long e, long f)
{
	register long r7 __asm__("r7") = n, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c,
		      r3 __asm__("r3") = d, r4 __asm__("r4") = e, r5 __asm__("r5") = f;
	__asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "memory");
	return r0;
}

static int readall(void *p, u32 n)
{
	u8 *b = p;
	while (n) {
		long k = sys(3, 0, (long)b, n, 0, 0, 0);
		if (k <= 0)
			return 0;
		b += k;
		n -= k;
	}
	return 1;
}

static struct input in;
static struct output out;
struct regs now;      // what the case left behind
u32 saved[2];         // stack pointer of the caller
u32 cause;
volatile u32 running;
static u8 altstack[65536] __attribute__((aligned(16)));

// run loads everything, goes to the code, and comes back through back (branched to by the code's end) with everything
// stored. It uses no stack of the case's, and TPIDRURW as a scratch register.
void run_arm(struct regs *from);
void run_thumb(struct regs *from);
#define ENTER(name, address)                                                                                          \
	".global " name "\n" name ": push {r4-r11, lr}\n"                                                              \
	"ldr r1, =saved\n str sp, [r1]\n"                                                                              \
	"ldr r1, [r0, #64]\n vmsr fpscr, r1\n"                                                                         \
	"add r1, r0, #72\n vldmia r1!, {d0-d15}\n vldmia r1!, {d16-d31}\n"                                             \
	"ldr r1, [r0, #60]\n msr APSR_nzcvqg, r1\n"                                                                    \
	"mov lr, r0\n ldm lr, {r0-r12}\n"                                                                              \
	"ldr sp, [lr, #52]\n ldr lr, [lr, #56]\n ldr pc, =" address "\n.ltorg\n"
__asm__(".text\n.arm\n.align 2\n.global back_arm\n.fpu neon-vfpv4\n"
	ENTER("run_arm", "0x40000000") ENTER("run_thumb", "0x40000001")
	"back_arm: mcr p15, 0, r0, c13, c0, 2\n ldr r0, =now\n str r1, [r0, #4]\n"
	"mrc p15, 0, r1, c13, c0, 2\n str r1, [r0]\n"
	"add r1, r0, #8\n stm r1, {r2-r12}\n"
	"str sp, [r0, #52]\n str lr, [r0, #56]\n"
	"mrs r1, APSR\n str r1, [r0, #60]\n"
	"vmrs r1, fpscr\n str r1, [r0, #64]\n"
	"add r1, r0, #72\n vstmia r1!, {d0-d15}\n vstmia r1!, {d16-d31}\n"
	"ldr r1, =saved\n ldr sp, [r1]\n"
	"mov r1, #0\n vmsr fpscr, r1\n"
	"pop {r4-r11, pc}\n.ltorg\n");

// A signal: the frame's ucontext is overwritten so that the return lands in leave.
void leave(void);
__asm__(".arm\n.global leave\nleave: ldr r1, =saved\n ldr sp, [r1]\n mov r1, #0\n vmsr fpscr, r1\n pop {r4-r11, pc}\n.ltorg\n"
	".global restorer\nrestorer: mov r7, #173\n svc 0\n");
void restorer(void);

static void handler(int sig, void *info, u32 *uc)
{
	(void)info;
	if (!running)
		return; // a timer that came late
	running = 0;
	cause = sig;
	// ucontext: flags, link, stack (3 words), then trap_no, error_code, oldmask, r0..r10, fp, ip, sp, lr, pc, cpsr
	u32 *r = uc + 5 + 3;
	for (int i = 0; i < 15; i++)
		now.r[i] = r[i];
	now.cpsr = r[16];
	r[15] = (u32)leave;
	r[16] &= ~0x0600fc20u; // A32, outside IT
}

int main(void)
{
	struct {
		void (*h)(int, void *, u32 *);
		u32 flags;
		void (*restorer)(void);
		u32 mask[2];
	} act = {handler, 4 | 0x04000000 | 0x08000000 | 0x10000000 | 0x40000000, restorer, {0, 0}};
	struct {
		void *sp;
		int flags;
		u32 size;
	} ss = {altstack, 0, sizeof altstack};
	sys(186, (long)&ss, 0, 0, 0, 0, 0);
	int sigs[] = {4, 5, 7, 8, 11, 14};
	for (int i = 0; i < 6; i++)
		sys(174, sigs[i], (long)&act, 0, 8, 0, 0);
	sys(192, CODE - 4096, 3 * 4096, 7, 0x32, -1, 0);
	sys(192, DATA - 4096, 3 * 4096, 3, 0x32, -1, 0);
	while (readall(&in, sizeof in)) {
		u8 *c = (u8 *)CODE, *d = (u8 *)DATA;
		for (u32 i = 0; i < sizeof in.code; i++)
			c[i] = in.code[i];
		sys(0xf0002, CODE, CODE + 64, 0, 0, 0, 0);
		for (u32 i = 0; i < DATASIZE; i++)
			d[i] = in.data[i];
		cause = 0;
		u32 timer[4] = {0, 0, 0, 200000}; // code that loops ends with SIGALRM
		sys(104, 0, (long)timer, 0, 0, 0, 0);
		running = 1;
		if (in.thumb)
			run_thumb(&in.regs);
		else
			run_arm(&in.regs);
		running = 0;
		out.regs = now;
		out.signal = cause;
		out.pad = in.pad;
		for (u32 i = 0; i < DATASIZE; i++)
			out.data[i] = d[i];
		u8 *p = (u8 *)&out;
		for (u32 left = sizeof out; left;) {
			long k = sys(4, 1, (long)p, left, 0, 0, 0);
			if (k <= 0)
				sys(1, 1, 0, 0, 0, 0, 0);
			p += k;
			left -= k;
		}
	}
	sys(1, 0, 0, 0, 0, 0, 0);
	return 0;
}

void __attribute__((naked)) _start(void) { __asm__("bl main\n"); }

void *memcpy(void *d, const void *s, u32 n)
{
	u8 *a = d;
	const u8 *b = s;
	while (n--)
		*a++ = *b++;
	return d;
}
