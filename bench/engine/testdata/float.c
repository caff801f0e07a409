// A 256-point FFT, forth and back, in single precision.
#include "common.h"

#define N 256
static float re[N], im[N], co[N / 2], si[N / 2];

static void tables(void)
{
	// cos and sin by turning a unit vector, with the step's values from their series
	float x = 6.2831853f / N, c = 1 - x * x / 2 + x * x * x * x / 24, s = x - x * x * x / 6 + x * x * x * x * x / 120;
	co[0] = 1, si[0] = 0;
	for (u32 i = 1; i < N / 2; i++) {
		co[i] = co[i - 1] * c - si[i - 1] * s;
		si[i] = si[i - 1] * c + co[i - 1] * s;
	}
}

static __attribute__((noinline)) void fft(float sign)
{
	for (u32 i = 0, j = 0; i < N; i++) {
		if (i < j) {
			float t = re[i];
			re[i] = re[j], re[j] = t;
			t = im[i];
			im[i] = im[j], im[j] = t;
		}
		u32 m = N / 2;
		while (m && j & m)
			j ^= m, m /= 2;
		j |= m;
	}
	for (u32 len = 1; len < N; len *= 2)
		for (u32 k = 0; k < len; k++) {
			float wr = co[k * (N / 2) / len], wi = sign * si[k * (N / 2) / len];
			for (u32 i = k; i < N; i += 2 * len) {
				u32 j = i + len;
				float tr = re[j] * wr - im[j] * wi, ti = re[j] * wi + im[j] * wr;
				re[j] = re[i] - tr, im[j] = im[i] - ti;
				re[i] += tr, im[i] += ti;
			}
		}
}

u32 bench(u32 round)
{
	tables();
	for (u32 i = 0; i < N; i++)
		re[i] = (float)(int)((i * 37 + round) % 101) - 50, im[i] = 0.25f * (float)(i & 7);
	u32 sum = 0;
	for (u32 i = 0; i < 300; i++) {
		fft(-1);
		fft(1);
		for (u32 j = 0; j < N; j++)
			re[j] *= 1.0f / N, im[j] *= 1.0f / N;
		sum += *(u32 *)&re[i % N];
	}
	return sum;
}

void *memset(void *d, int ch, u32 n)
{
	for (u8 *p = d; n--;)
		*p++ = ch;
	return d;
}
