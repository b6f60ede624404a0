// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The policy alone, with a clock that stands still unless told. */
class CoLocationTest {
  private static final long MICRO = 1000;
  private static final int FEW = CoLocation.WINDOW / 4;

  private final StringBuilder done = new StringBuilder();
  private long now = 1;
  private boolean possible = true;

  private final CoLocation policy =
      new CoLocation(
          new CoLocation.Pins() {
            @Override
            public boolean pin(int tid) {
              done.append("pin ").append(tid).append(possible ? "; " : " fails; ");
              return possible;
            }

            @Override
            public void unpin(int tid) {
              done.append("unpin ").append(tid).append("; ");
            }

            @Override
            public void unpinCaller() {
              done.append("unpin caller; ");
            }

            @Override
            public long now() {
              return now;
            }
          });

  private void stops(int tid, int count, long apart) {
    for (int i = 0; i < count; i++) {
      now += apart;
      policy.stopped(tid);
    }
  }

  private void windows(int tid, int count, long apart) {
    stops(tid, count * CoLocation.WINDOW, apart);
  }

  private void did(String expected) {
    assertEquals(expected, done.toString().trim());
    done.setLength(0);
  }

  @Test
  void pinsAThreadThatStopsMuch() {
    windows(7, 1, 50 * MICRO);
    did("");
    windows(7, 1, 50 * MICRO);
    did("pin 7;");
    windows(7, 100, 10 * MICRO);
    did("");
    assertEquals(7, policy.pinned());
  }

  @Test
  void leavesAloneOneThatStopsNowAndThen() {
    windows(7, 50, 400 * MICRO);
    did("");
  }

  @Test
  void letsGoOfOneThatBeginsToCompute() {
    windows(7, 2, 50 * MICRO);
    windows(7, 1, 1000 * MICRO);
    did("pin 7; unpin 7;");
    windows(7, 3, 1000 * MICRO);
    did("");
  }

  @Test
  void letsGoWhenThreadsStopByTurns() {
    windows(7, 2, 50 * MICRO);
    did("pin 7;");
    for (int i = 0; i < 20 * CoLocation.WINDOW; i++) {
      stops(7 + i % 2, 1, 20 * MICRO);
    }
    did("unpin 7;");
  }

  @Test
  void toleratesARareOtherThread() {
    windows(7, 2, 50 * MICRO);
    for (int i = 0; i < 50; i++) {
      stops(7, CoLocation.WINDOW - 2, 20 * MICRO);
      stops(8, 1, 20 * MICRO);
      stops(7, 1, 20 * MICRO);
    }
    did("pin 7;");
  }

  @Test
  void followsTheWorkToAnotherThread() {
    windows(7, 2, 50 * MICRO);
    windows(8, 3, 20 * MICRO);
    did("pin 7; unpin 7; pin 8;");
  }

  @Test
  void endsWhatMakesItSlower() {
    windows(7, 2, 50 * MICRO);
    did("pin 7;");
    windows(7, CoLocation.STRIKES, 150 * MICRO);
    did("unpin 7;");
    windows(7, CoLocation.REST, 50 * MICRO);
    did("");
    windows(7, 1, 50 * MICRO);
    did("pin 7;");
    windows(7, CoLocation.STRIKES, 150 * MICRO);
    did("unpin 7;");
    windows(7, 2 * CoLocation.REST, 50 * MICRO);
    did("");
    windows(7, 1, 50 * MICRO);
    did("pin 7;");
  }

  @Test
  void countsAfreshAfterARelease() {
    windows(7, 2, 50 * MICRO);
    policy.release();
    did("pin 7; unpin 7;");
    stops(7, CoLocation.WINDOW - 1, 20 * MICRO);
    policy.release();
    did("");
    stops(7, FEW, 20 * MICRO);
    did("pin 7;");
  }

  @Test
  void pausesWhenAThreadLooksAtItsCpus() {
    windows(7, 2, 50 * MICRO);
    policy.releaseForAWhile();
    did("pin 7; unpin 7;");
    windows(7, CoLocation.PAUSE, 20 * MICRO);
    did("");
    windows(7, 1, 20 * MICRO);
    did("pin 7;");
  }

  @Test
  void touchesNoThreadThatIsGone() {
    windows(7, 2, 50 * MICRO);
    policy.gone(8);
    policy.detached(8);
    did("pin 7;");
    policy.gone(7);
    did("unpin caller;");
    policy.release();
    did("");
  }

  @Test
  void restoresOneThatIsLetGoOf() {
    windows(7, 2, 50 * MICRO);
    policy.detached(7);
    did("pin 7; unpin 7;");
  }

  @Test
  void doesNotInsistWhereItIsImpossible() {
    possible = false;
    windows(7, 2, 50 * MICRO);
    did("pin 7 fails;");
    windows(7, CoLocation.REST, 50 * MICRO);
    did("");
    assertEquals(0, policy.pinned());
  }
}
