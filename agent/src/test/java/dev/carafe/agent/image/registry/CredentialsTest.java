package dev.carafe.agent.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CredentialsTest {
  @Test
  void printedFormsShowNoSecret() {
    for (Credentials credentials :
        List.of(
            new Credentials.Basic("user", "s3cret"),
            new Credentials.IdentityToken("s3cret"),
            new Credentials.RegistryToken("s3cret"))) {
      assertThat(credentials.toString()).contains("***").doesNotContain("s3cret");
    }
  }
}
