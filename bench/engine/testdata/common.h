// What the three programs share: a start, the exit, and a checksum written as eight hex digits. The number of rounds
// is the first argument, a single digit.
typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned short u16;

static long sys(long n, long a, long b, long c)
{
	register long r7 __asm__("r7") = n, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
	__asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
	return r0;
}

u32 bench(u32 round);

static void begin(u32 *sp)
{
	u32 rounds = *(u8 *)sp[2] - '0', sum = 0;
	for (u32 i = 0; i < rounds; i++)
		sum = sum * 31 + bench(i);
	char out[9];
	for (int i = 0; i < 8; i++)
		out[i] = "0123456789abcdef"[sum >> (28 - 4 * i) & 15];
	out[8] = '\n';
	sys(4, 1, (long)out, 9);
	sys(1, 0, 0, 0);
}

__attribute__((used)) static void begin_(u32 *sp) { begin(sp); }
__asm__(".global _start\n.thumb_func\n_start: mov r0, sp\n bl begin_\n");

void *memcpy(void *d, const void *s, u32 n);
void *memset(void *d, int c, u32 n);
