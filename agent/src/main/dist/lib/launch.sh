# Sourced by the programs in bin: starts a Java class of this tree. The one place of its JVM flags; the AOT cache is
# valid for these flags and this class path only. $home is the tree. classpath.sh is made with the tree.
# The tree is never changed in place: an AOT cache beside a replaced jar runs old code. carafe uses carafed's cache, for
# one of its own would save 0.1 s and cost 40 MB.
# ArchiveRelocationMode=0 keeps the cache's pages clean, at a fixed address; profiles in the cache would cost 5 MB and serve
# a compiler that does not run here.
# Memory: a heap that stays near what lives in it, one malloc arena whose free pages go back every 5 s, and chunks of 64 KiB
# instead of 2 MiB for Netty's buffers. Our code and what it calls most is compiled after a tenth of the usual calls, for a
# node's first hundred calls of a kind should not be slow; doing so with everything would cost 4 MiB and 30 ms of the start.
# What waits for the compiler stays in its queue: after 50 ms without a call it would be dropped, and a kubelet asks once a
# second. A queue makes others wait less long before they join it. The tables of names are small, for the cache has its own.
# Reflection without generated code: who uses it does so once a start.
# CARAFE_JVM_FLAGS come last, so that they win: the training run, diagnosis.
launch() { # MAX_HEAP CLASS ARGUMENT...
  heap=$1 class=$2
  shift 2
  . "$home/lib/classpath.sh"
  # The JDK tells errors of the kernel by their text only; file names are UTF-8, where the C library has it.
  export LC_ALL=C.UTF-8 MALLOC_ARENA_MAX=1
  exec "$home/runtime/bin/java" -Xlog:disable -Xlog:all=warning:stderr -Xlog:aot*=error:stderr \
    -XX:+UseSerialGC -Xms8m "-Xmx$heap" -Xmn3m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20 -XX:-ShrinkHeapInSteps \
    -XX:TrimNativeHeapInterval=5000 -Xss512k -Djdk.reflect.useNativeAccessorOnly=true -XX:-UsePerfData \
    -XX:TieredStopAtLevel=1 -XX:TieredCompileTaskTimeout=600000 -XX:Tier3LoadFeedback=20 -XX:ReservedCodeCacheSize=24m -XX:CompileCommand=quiet \
    "-XX:CompileCommand=CompileThresholdScaling,io.grpc.*::*,0.1" \
    "-XX:CompileCommand=CompileThresholdScaling,io.netty.*::*,0.1" \
    "-XX:CompileCommand=CompileThresholdScaling,com.google.*::*,0.1" \
    "-XX:CompileCommand=CompileThresholdScaling,java.util.*::*,0.1" \
    "-XX:CompileCommand=CompileThresholdScaling,java.lang.*::*,0.1" \
    "-XX:CompileCommand=CompileThresholdScaling,dev.carafe.*::*,0.1" \
    -Dio.netty.allocator.maxOrder=3 -Dio.netty.leakDetection.level=disabled -Djdk.nio.maxCachedBufferSize=32768 \
    -XX:+ExitOnOutOfMemoryError \
    -XX:StringTableSize=4096 -XX:+UnlockExperimentalVMOptions -XX:SymbolTableSize=4096 \
    -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -XX:-AOTRecordTraining -XX:-AOTReplayTraining ${CARAFE_AOT-"-XX:AOTCache=$home/lib/carafe.aot"} \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    "-Djava.library.path=$home/libexec/lib" "-Djffi.boot.library.path=$home/libexec/lib" \
    "-DZstdNativePath=$home/libexec/lib/libzstd-jni.so" \
    "-Dcarafe.libexec=$home/libexec/carafe" \
    $CARAFE_JVM_FLAGS -cp "$classpath" "$class" "$@"
}
